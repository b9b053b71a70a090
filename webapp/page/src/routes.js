// The views by path; each is fetched when it is first opened.
import { FILTERS } from "./views/query.js";

export const ROUTES = [
  { name: "playground", path: /^\/$/, title: "Playground", load: () => import("./views/playground.js") },
  { name: "check", path: /^\/check$/, title: "Check", load: () => import("./views/check.js") },
  {
    name: "search",
    path: /^\/search$/,
    query: ["q", ...FILTERS],
    title: "Search",
    load: () => import("./views/search.js"),
  },
  {
    name: "document",
    path: /^\/documents\/(?<swhid>[^/]+)$/,
    query: ["lines", "find"],
    title: "Document",
    load: () => import("./views/document.js"),
  },
  { name: "corpus", path: /^\/corpus$/, query: ["owner"], title: "Corpus", load: () => import("./views/corpus.js") },
  {
    name: "request",
    path: /^\/requests\/(?<reference>[^/]+)$/,
    title: "Request",
    load: () => import("./views/request.js"),
  },
  { name: "api", path: /^\/api\/docs$/, title: "API", load: () => import("./views/api.js") },
];

/** The bar's links, with the key that opens each after "g". */
export const LINKS = [
  { name: "playground", href: "/", label: "Playground", key: "p" },
  { name: "check", href: "/check", label: "Check", key: "c" },
  { name: "search", href: "/search", label: "Search", key: "s" },
  { name: "corpus", href: "/corpus", label: "Corpus", key: "o" },
  { name: "api", href: "/api/docs", label: "API", key: "a" },
];
