// What answers are checked against, asked once a page.

let asked = null;

/** {name, date, documents, occurrences, ...}; rejects with a Problem when there is no index. */
export function describeIndex(api) {
  asked ??= api.get("/api/v1/index").then((body) => body.summary ?? body);
  asked.catch(() => {
    asked = null; // asked anew next time
  });
  return asked;
}
