export const App: React.FC<Props> = ({ items }) => (
  <ul data-id='x' style={{ color: "red" }}>
    {items.map((it) => <li key={it.id}>{it.n > 1 ? 'many' : `one`} it's &nbsp; "here</li>)}
    // not a comment for JSX, but one for us
  </ul>
);
