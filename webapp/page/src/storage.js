// Choices that outlive a reload. A browser may refuse to store anything; then a choice lasts as long
// as the page.

/** @type {() => Storage} */
const local = () => localStorage;

/** A kept choice, or null. @param {string} name */
export function kept(name, storage = local) {
  try {
    return storage().getItem(`whence-${name}`);
  } catch {
    return null;
  }
}

/** Keeps a choice; whether the browser stored it. @param {string} name @param {string} value */
export function keep(name, value, storage = local) {
  try {
    storage().setItem(`whence-${name}`, value);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
export function drop(name, storage = local) {
  try {
    storage().removeItem(`whence-${name}`);
  } catch {
    // nothing was stored
  }
}

/** The storage of this tab, which ends with it. */
export const ofThisTab = () => sessionStorage;
