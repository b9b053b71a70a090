// Light, dark, or as the system has it. Loaded before the first paint, so that nothing flashes.
import { kept } from "./storage.js";

const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const choice = kept("theme") ?? "system";
  root.dataset.themeChoice = choice;
  root.dataset.theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
}

dark.addEventListener("change", apply);
root.addEventListener("whence-theme-choice", apply);
apply();
