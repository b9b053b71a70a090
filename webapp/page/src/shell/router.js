// Paths to views, without reloading the page. The signal of a view is aborted when it ends.
import { at, below } from "../address.js";
import { isAbort, Problem, unreachable } from "../client.js";
import { toast } from "../components/toast.js";
import { h, replace } from "../dom.js";
import { elsewhere, emptyState, errorState } from "../components/states.js";

const SLOW = 250; // milliseconds after which a view that is loading shows a bar

/**
 * @typedef {object} Context what every view gets
 * @property {import("../client.js").Client} api
 * @property {string} [nonce] of the content security policy
 * @property {(sentence: string) => void} announce has a screen reader say a sentence
 */
/**
 * @typedef {object} Visit what a view gets when it is opened
 * @property {Record<string, string>} params of the path
 * @property {URL} url
 * @property {AbortSignal} signal
 * @property {(href: string, options?: { replace?: boolean }) => Promise<void>} navigate
 * @property {(text: string) => void} title sets the title of the page
 */
/** @typedef {Context & Visit} ViewContext */
/** @typedef {{ update?: (url: URL) => unknown } | void} View */
/** @typedef {{ mount: (root: HTMLElement, context: ViewContext) => Promise<View> }} ViewModule */
/**
 * @typedef {object} Route
 * @property {string} name
 * @property {RegExp} path
 * @property {string[]} [query] names of the parameters that the view reads
 * @property {string} title
 * @property {() => Promise<ViewModule>} load
 */
/** @typedef {{ path: string, controller: AbortController, view: View, loaded: boolean }} Current */

export class Router {
  /** @type {Current | null} */
  #current = null;

  /** @param {{ routes: Route[], outlet: HTMLElement, context: Context, onChange: (route: Route | null) => void }} options */
  constructor({ routes, outlet, context, onChange }) {
    this.routes = routes;
    this.outlet = outlet;
    this.context = context;
    this.onChange = onChange;
  }

  start() {
    // a view draws what it shows after it is opened, too late for the browser to scroll there
    history.scrollRestoration = "manual";
    window.addEventListener("popstate", ({ state }) => this.#show(state?.scroll));
    window.addEventListener("hashchange", () => this.#current?.view?.update?.(new URL(location.href)));
    document.addEventListener("click", (event) => this.#click(event));
    this.#show();
  }

  /** @param {string} href @param {{ replace?: boolean }} [options] */
  navigate(href, { replace: instead = false } = {}) {
    const url = new URL(at(href), location.href);
    if (!instead) history.replaceState({ ...history.state, scroll: window.scrollY }, "");
    history[instead ? "replaceState" : "pushState"](null, "", url);
    return this.#show();
  }

  /** Follows links to views. @param {MouseEvent} event */
  #click(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !this.#match(url.pathname)) return;
    if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
    event.preventDefault();
    for (const dialog of document.querySelectorAll("dialog[open]")) /** @type {HTMLDialogElement} */ (dialog).close();
    if (url.href !== location.href) this.navigate(url.href);
  }

  /** @param {string} path */
  #match(path) {
    const own = below(path);
    if (own === null) return null;
    for (const route of this.routes) {
      const found = route.path.exec(own);
      if (found) return { route, params: decoded(found.groups) };
    }
    return null;
  }

  /** @param {number} [scroll] pixels, where the view was left */
  async #show(scroll = 0) {
    const url = new URL(location.href);
    const found = this.#match(url.pathname);
    if (this.#current?.path === url.pathname && this.#current.view?.update) {
      await this.#current.view.update(url);
      if (scroll) window.scrollTo(0, scroll);
      return;
    }
    this.#current?.controller.abort();
    const first = this.#current === null;
    const controller = new AbortController();
    /** @type {Current} */
    const mine = { path: url.pathname, controller, view: undefined, loaded: false };
    this.#current = mine;
    this.onChange(found?.route ?? null);
    /** @param {string} text */
    const title = (text) => {
      document.title = text ? `${text} · Whence` : "Whence";
    };
    title(found?.route.title ?? "Not found");
    const root = h("div.view", { dataset: { view: found?.route.name ?? "none" } });
    const bar = h("div.loading-bar", { "aria-hidden": "true" });
    const slow = setTimeout(() => document.body.append(bar), SLOW);
    try {
      if (!found) throw new NoPage();
      const module = await found.route.load();
      mine.loaded = true;
      if (this.#current !== mine) return;
      replace(this.outlet, root);
      mine.view = await module.mount(root, {
        ...this.context,
        params: found.params,
        url,
        signal: controller.signal,
        navigate: (href, options) => this.navigate(href, options),
        title,
      });
    } catch (error) {
      if (this.#current !== mine || isAbort(error)) return;
      this.#showFailure(error, mine.loaded || !found);
    } finally {
      clearTimeout(slow);
      bar.remove();
    }
    const unknown = [...url.searchParams.keys()].filter((name) => found && !found.route.query?.includes(name));
    if (unknown.length)
      toast(`The address has parameters that this page does not know: ${unknown.join(", ")}`, { tone: "bad" });
    if (!first) {
      if (!this.outlet.contains(document.activeElement)) this.outlet.focus({ preventScroll: true });
      if (!url.hash) window.scrollTo(0, scroll);
    }
  }

  /** @param {unknown} error @param {boolean} loaded whether the code of the view is there */
  #showFailure(error, loaded) {
    if (!(error instanceof NoPage || error instanceof Problem)) console.error(error);
    const again = () => {
      this.#current = null;
      this.#show();
    };
    // code that is no longer on the server was built again: only a reload finds its new name
    const reload = () =>
      this.context.api.open("/healthz").then(
        () => location.reload(),
        (problem) => this.#showFailure(problem, false),
      );
    const node = loaded ? failure(error, again) : errorState(unreachable(), { retry: reload });
    replace(this.outlet, h("div.view-page", node));
  }
}

class NoPage extends Error {}

/** @param {unknown} error @param {() => void} retry */
function failure(error, retry) {
  if (error instanceof NoPage) {
    return emptyState({
      title: "There is no such page",
      text: location.pathname,
      icon: "search",
      actions: elsewhere(),
    });
  }
  return errorState(error, { retry });
}

/** @param {Record<string, string>} [groups] */
function decoded(groups = {}) {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, safelyDecoded(value)]));
}

/** @param {string} text */
function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a bare per cent sign
  }
}
