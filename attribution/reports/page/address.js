// The addresses of the service's own pages, which a proxy may serve under a prefix.

const PREFIX = globalThis.document?.body?.dataset.prefix ?? "";

/** A path of the service as the browser has to request it; other addresses as they are. @param {string} address */
export const at = (address) => (/^\/(?!\/)/.test(address) ? PREFIX + address : address);

/** The path of the service that the browser's path stands for; null for one beside the prefix. @param {string} path */
export function below(path) {
  if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return null;
  return path.slice(PREFIX.length) || "/";
}
