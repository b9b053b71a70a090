// Asks for the API key that the service requires. It is kept in this tab only.
import { h, uniqueId } from "../dom.js";
import { openDialog } from "../components/dialog.js";

/** @param {{ refused: boolean }} options @returns {Promise<string | null>} */
export async function askKey({ refused }) {
  const id = uniqueId("key");
  const input = h("input.input.mono", {
    id,
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "whk_…",
    autofocus: true,
  });
  const value = () => input.value.trim() || undefined;
  return openDialog({
    title: "This service asks for an API key",
    body: (close) =>
      h(
        "form.stack.tight",
        {
          on: {
            submit: (event) => {
              event.preventDefault();
              const key = value();
              if (key) close(key);
            },
          },
        },
        refused && h("p.note.bad", { role: "alert" }, "That key was not accepted."),
        h(
          "div.field",
          h("label", { for: id }, "Key"),
          input,
          h("span.hint", "Kept in this tab until it is closed. Made with `whence keys add NAME`."),
        ),
      ),
    actions: [
      { label: "Cancel", value: null, kind: "quiet" },
      { label: "Use this key", value, kind: "primary" },
    ],
  });
}
