// Light, dark, or as the system has it. Loaded before the first paint, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem("whence-theme") ?? "system";
    } catch {
      return "system"; // storage is refused: follow the system
    }
  };
  const apply = () => {
    const choice = kept();
    root.dataset.themeChoice = choice;
    root.dataset.theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    root.dispatchEvent(new Event("whence-theme"));
  };
  dark.addEventListener("change", apply);
  root.addEventListener("whence-theme-choice", apply);
  apply();
})();
