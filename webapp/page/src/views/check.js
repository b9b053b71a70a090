import { emptyState } from "../components/states.js";

export async function mount(root) {
  root.append(emptyState({ title: "To come" }));
}
