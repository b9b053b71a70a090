// The index that answers are checked against, requested once it has files.

/** @type {Promise<Api.Index> | null} */
let requested = null;

/** The summary of the index; rejects with a Problem when there is none. @param {import("./client.js").Client} api */
export function indexSummary(api) {
  const again = () => {
    requested = null; // to be requested again
  };
  if (!requested) {
    requested = api.get("/api/v1/index").then(({ summary }) => summary);
    requested.then(({ documents }) => documents || again(), again);
  }
  return requested;
}
