// The playground: a model writes code, and the code is marked where it matches indexed code.
import { h, replace } from "../dom.js";
import { asProblem } from "../client.js";
import { toast } from "../components/toast.js";
import { showStart } from "../playground/start.js";
import { Controls } from "../playground/controls.js";
import { Chat } from "../chat/pane.js";
import { Workbench } from "../playground/workbench.js";

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  const { api, signal } = ctx;
  root.append(h("h1.vh", "Playground"));
  const controls = new Controls({
    api,
    signal,
    on: { mode: show, run, stop, language: (id) => bench.editor.setLanguage(id), model: () => start.render() },
  });
  const bench = new Workbench({ ctx, controls, onBusy: (busy) => controls.busy(busy), onRun: run });
  const chat = new Chat({
    ctx,
    controls,
    onBusy: (busy) => controls.busy(busy),
    onEdit: (text, language) => {
      controls.setLanguage(language);
      controls.choose("completion");
      bench.begin(text);
    },
  });
  const start = showStart({ controls, bench, chat, run });
  const stage = h("div.stage");
  root.append(controls.node, stage);

  function current() {
    return controls.mode === "chat" ? chat : bench;
  }

  /** @param {string} mode */
  function show(mode) {
    const pane = current();
    if (stage.firstElementChild !== pane.node) replace(stage, pane.node);
    (mode === "chat" ? chat.slot : controls.node).append(controls.go);
    bench.showGap(mode === "infill");
    pane.idle(start.node);
    start.render();
    bench.view.requestMeasure();
  }

  async function run() {
    if (controls.isBusy) return;
    const model = await controls.ready();
    if (!model) return;
    await current()
      .run(model)
      .catch((error) => {
        console.error(error);
        toast(asProblem(error).message, { tone: "bad" });
      });
  }

  function stop() {
    current().stop();
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        run();
      } else if (event.key === "Escape" && controls.isBusy) {
        event.preventDefault();
        stop();
      }
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    bench.destroy();
    chat.destroy();
  });
  show(controls.mode);
  await controls.load();
  start.render();
  if (controls.problem) ctx.announce(controls.problem.message);
}
