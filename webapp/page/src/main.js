// The entry of the page: the bar, the views and the router.
import { Client } from "./client.js";
import { askKey } from "./shell/key.js";
import { Router } from "./shell/router.js";
import { topBar } from "./shell/topbar.js";
import { shortcuts } from "./shell/shortcuts.js";
import { Announcer } from "./shell/announcer.js";
import { ROUTES } from "./routes.js";

const body = document.body;
const api = new Client({ askKey });
const announcer = new Announcer();
const bar = topBar({ api });
body.querySelector("#topbar")?.replaceWith(bar.node, bar.notice);
body.append(announcer.node);

const router = new Router({
  routes: ROUTES,
  outlet: /** @type {HTMLElement} */ (body.querySelector("#main")),
  context: { api, nonce: body.dataset.nonce || undefined, announce: (text) => announcer.say(text) },
  onChange: (route) => bar.show(route),
});
shortcuts({ navigate: (href) => router.navigate(href) });
router.start();
