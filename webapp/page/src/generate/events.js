// Server-sent events read from a response: `data:` lines to JSON values, until [DONE].

export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += value ?? "";
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = done ? "" : lines.pop();
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line === "" && data.length) {
          const text = data.join("\n");
          data = [];
          if (text === "[DONE]") return;
          yield JSON.parse(text);
        }
      }
      if (done) throw new CutShort();
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The connection ended before the answer did. */
export class CutShort extends Error {
  constructor() {
    super("The connection ended before the answer did");
    this.kind = "offline";
  }
}
