// Boot and routes: opens the phone's databases, finds out who works with it, shows one page at a time.

import { fill, h, s } from "../lib/html.js";
import { pick, setLanguage, t } from "../lib/language.js";
import { Core } from "./core.js";
import { StorageFull } from "./db.js";
import { Photos } from "./photos.js";
import { Place } from "./place.js";
import { isMetered } from "./platform.js";
import * as session from "./session.js";
import { cells, notice, when } from "./show.js";
import { Sync } from "./sync.js";
import { Track } from "./track.js";
import { httpWire } from "./wire.js";
import "./words.js";

const PAGES = {
  today: () => import("./pages/today.js"), map: () => import("./pages/map.js"), sites: () => import("./pages/sites.js"),
  site: () => import("./pages/site.js"), edit: () => import("./pages/edit.js"), history: () => import("./pages/history.js"),
  start: () => import("./pages/start.js"), inspect: () => import("./pages/inspect.js"), visit: () => import("./pages/visit.js"),
  photo: () => import("./pages/photo.js"), newsite: () => import("./pages/newsite.js"), relapse: () => import("./pages/relapse.js"),
  track: () => import("./pages/track.js"), conflicts: () => import("./pages/conflicts.js"), outbox: () => import("./pages/outbox.js"),
  settings: () => import("./pages/settings.js"), check: () => import("./pages/check.js"), enrol: () => import("./pages/enrol.js"),
  signin: () => import("./pages/signin.js"), closing: () => import("./pages/closing.js"), erased: () => import("./pages/erased.js"),
};
const TABS = [
  ["today", "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"], ["map", "M9 4l6 3 6-3v13l-6 3-6-3-6 3V7zM9 4v13M15 7v13"],
  ["sites", "M4 20h16L13 6l-4 6-2-2z"], ["outbox", "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4"], ["settings", "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0"],
];
const HOUR_MS = 3_600_000;
let turns = 0;

const root = document.getElementById("app");
const app = { version: "1.0.0", isMetered, place: new Place(), deviceStore: null, person: null, page: null, locked: false, go, notify, draw: redraw, saved };

/** Go to an address such as `#/site/<id>`. */
function go(address, replace = false) {
  if (replace) history.replaceState(null, "", address);
  else if (location.hash !== address) return (location.hash = address);
  return route();
}

async function boot() {
  app.deviceStore = await session.openDevice();
  const known = await session.known(app.deviceStore);
  Object.assign(app, { device: known.device, settings: known.settings, person: known.people[known.current] || null });
  appearance(known.settings);
  Object.assign(app, await catalogue());
  if (app.person) await enter(app.person);
  addEventListener("hashchange", route);
  addEventListener("unhandledrejection", (event) => trouble(event.reason));
  await route();
  registerWorker();
}

/** Let a person work: his database, his outbox, his position. */
app.enter = async (person) => {
  app.store?.close();
  await enter(person);
  app.sync.now();
};

async function enter(person) {
  app.person = person;
  app.locked = Date.now() - person.contact > app.limits.PHONE_LOCK_DAYS * 24 * HOUR_MS;
  app.store = await session.openPerson(person);
  app.wire = httpWire(() => app.person?.token || "", waiting);
  app.core = new Core(app.store, app.wire, { app: `pwa/${app.version}` });
  app.photos = new Photos(app.store, app.deviceStore, app.place, app.limits);
  app.track = new Track(app);
  app.sync ||= new Sync(app, changed);
  app.photos.settle().catch(() => {});
  app.track.follow();
  await countWaiting();
  app.sync.start();
}

/** Erase this phone, as its county demands. */
app.erase = async () => {
  app.store?.close();
  Object.assign(app, { store: null, person: null, device: null });
  await session.eraseAll(app.deviceStore);
  for (const name of await caches.keys()) if (!name.startsWith("shell-")) await caches.delete(name);
  go("#/erased", true);
};

async function catalogue() {
  const { nouns, choices, transitions, signed, settings } = await (await fetch("/phone/catalogue.json")).json();
  return { nouns, choices, transitions, signed, limits: settings };
}

/** Return the township that the person works in; the first, where he has several. */
app.town = () => app.towns[0];

/** Return {code: name} of the person's townships. */
app.townNames = async () => {
  const divisions = await app.store.all("rows", "type", "division");
  return Object.fromEntries(divisions.filter(({ body }) => app.towns.includes(body.code)).map(({ body }) => [body.code, body.name]));
};

/** Return the current forms of this county, newest versions only; or all versions, to read old records with. */
app.forms = async (all = false) => {
  const rows = (await app.store.all("rows", "type", "form")).map(({ body }) => body);
  const own = rows.filter(({ county, current }) => (!county || county === app.person.cell) && (all || current));
  return own.map(({ definition }) => JSON.parse(definition));
};

// Pages

async function route() {
  const [name, ...args] = decodeURIComponent(location.hash.replace(/^#\/?/, "")).split("/");
  const wanted = name.startsWith("enrol=") ? "enrol" : name;
  const target = gate(wanted in PAGES ? wanted : "today");
  const turn = ++turns;
  await leave();
  try {
    const { show } = await PAGES[target]();
    const page = await show(app, ...(wanted === target ? args : []));
    // Slower than the person: another page is wanted already.
    if (!page || turn !== turns) return page?.leave?.();
    app.page = { ...page, name: target };
    app.shown = { target, args };
    draw();
    scrollTo(0, 0);
    page.ready?.();
  } catch (error) {
    trouble(error);
  }
}

/** Return the page that may be shown: nobody works on a phone that is not enrolled, or whose person is not known. */
function gate(name) {
  if (["enrol", "erased", "check"].includes(name)) return name;
  if (!app.device) return app.erasedOnce ? "erased" : "enrol";
  return !app.person || app.locked ? "signin" : name;
}

async function leave() {
  await app.page?.leave?.();
  app.page = null;
}

function draw() {
  const { title, body, back, tab, bare, actions } = app.page;
  document.title = `${title} - ${t("app")}`;
  fill(
    root,
    h("header.bar", null, back ? h("a.back", { href: back, "aria-label": t("back") }) : null, h("h1", null, title), actions || null, bare ? null : status()),
    h("main", { id: "main" }, bare ? null : banners(), body),
    bare ? null : tabs(tab || app.page.name),
  );
}

function tabs(current) {
  return h("nav.tabs", { "aria-label": t("pages") }, TABS.map(([name, path]) =>
    h("a", { href: `#/${name}`, "aria-current": name === current ? "page" : null }, s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: path })),
      h("span", null, t(`tab.${name}`)), name === "outbox" && app.waiting?.ops + app.waiting?.files ? h("span.badge", null, app.waiting.ops + app.waiting.files) : null)));
}

function status() {
  const state = app.sync?.state || "idle";
  return h("a.status", { href: "#/outbox", "aria-live": "polite" }, t(`sync.${state}`));
}

function banners() {
  const state = app.sync?.state;
  const old = app.waiting?.since && Date.now() - app.waiting.since > app.limits.UNSYNCED_WARN_H * HOUR_MS;
  return h("div.banners", null, [
    app.update ? h("div.notice", null, t("update.ready"), " ", h("button.button", { type: "button", onclick: activate }, t("update.take"))) : null,
    state === "expired" ? notice("warn", t("session.expired"), " ", h("a", { href: "#/signin" }, t("signin"))) : null,
    state === "draining" ? notice("danger", t("device.draining")) : null,
    state === "closed" ? notice("danger", app.sync.problem?.detail || app.sync.problem?.title || t("sync.closed")) : null,
    state === "portal" ? notice("warn", t("portal")) : null,
    old ? notice("danger", t("unsynced.long", { n: app.waiting.ops, since: when(app.waiting.since) })) : null,
    app.full ? notice("danger", t("storage.full")) : null,
  ]);
}

/** Something changed: pages that only show are drawn anew, those that are being filled in are told. */
async function changed(reason) {
  await countWaiting();
  if (!app.page) return;
  if (app.page.heard) app.page.heard(reason);
  if (reason === "progress" || reason === "running" || reason === "uploading" || app.page.keeps) return furnish();
  return redraw();
}

function furnish() {
  const bar = root.querySelector(".status");
  if (bar) fill(bar, t(`sync.${app.sync.state}`));
  const place = root.querySelector(".banners");
  if (place) place.replaceWith(banners());
  const nav = root.querySelector(".tabs");
  if (nav && app.page) nav.replaceWith(tabs(app.page.tab || app.page.name));
}

/** Draw the page anew where it stands. */
async function redraw() {
  const at = app.shown;
  if (!at || app.page?.keeps) return;
  const top = scrollY;
  const { show } = await PAGES[at.target]();
  const page = await show(app, ...at.args);
  if (app.shown !== at || !page) return;
  app.page = { ...page, name: at.target };
  draw();
  scrollTo(0, top);
}

async function countWaiting() {
  const [ops, files, first, state] = await Promise.all([app.store.count("ops", "waiting"), app.store.count("files", "waiting"), app.store.all("ops", "waiting", null, 1), app.core.state()]);
  app.towns = state.scopes.filter((scope) => scope.startsWith("t-")).map((scope) => scope.slice(2));
  app.waiting = { ops, files, since: first[0] ? Date.parse(first[0].content.at) : 0 };
}

/** Operations and photos that wait: the county sees them before it revokes a phone. */
function waiting() {
  return app.waiting ? { "Fieldsync-Waiting": `${app.waiting.ops},${app.waiting.files}` } : {};
}

// Words to the person

/** Show a short message for a while. */
function notify(text, kind = "") {
  const note = h("div.toast", { role: "status", class: kind }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 4000);
}

/** Say that work was saved, and let it go out. */
async function saved(text = t("saved")) {
  notify(text);
  await changed("saved");
  app.sync.now();
}

app.trouble = trouble;

/** Say in words that something failed; what was saved before stays. */
function trouble(error) {
  if (error instanceof StorageFull) {
    app.full = true;
    return changed("full");
  }
  console.warn(error);
  return notify(t("trouble"), "danger");
}

/** Apply language, theme and size. */
function appearance({ language, theme, size }) {
  setLanguage(language);
  Object.assign(document.documentElement.dataset, { theme, size });
}

app.set = async (more) => {
  app.settings = { ...app.settings, ...more };
  await session.keep(app.deviceStore, "settings", app.settings);
  appearance(app.settings);
  await redraw();
};

// The worker

async function registerWorker() {
  if (!navigator.serviceWorker) return;
  const controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => controlled && location.reload());
  app.worker = await navigator.serviceWorker.register("/sw.js", { scope: "/phone" }).catch(() => null);
  app.worker?.addEventListener("updatefound", () => announce(app.worker.installing));
  if (app.worker?.waiting) announce(app.worker.waiting);
}

function announce(worker) {
  const ready = () => {
    if (worker.state !== "installed" || !navigator.serviceWorker.controller) return;
    app.update = worker;
    furnish();
  };
  worker.addEventListener("statechange", ready);
  ready();
}

/** Take the new version, once what is being filled in is on the disk. */
async function activate() {
  await app.page?.flush?.();
  app.update.postMessage("activate");
}

boot().catch((error) => {
  console.error(error);
  fill(root, h("main", null, cells(pick(["无法启动", "Cannot start"]), [h("p.cell", null, String(error?.message || error))])));
});
