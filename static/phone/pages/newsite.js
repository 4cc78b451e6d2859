// An unknown adit: a new dossier in two minutes, on the disk from the first touch.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { newId } from "../../lib/ids.js";
import { nearest } from "../../lib/geo.js";
import { Saver } from "../drafts.js";
import { formOf, valuesOf } from "../fields.js";
import { renderForm } from "../form/render.js";
import { cell, cells, far, notice } from "../show.js";
import { announce, grid, of, taker } from "./photo.js";
import "./words.js";

const PATHS = ["position", "name", "site_kind", "mineral_code", "violations", "mining_method", "place_name", "village", "explosives_seen", "workers", "remark"];
const NEEDED = ["position", "name", "site_kind", "mineral_code"];

/** Show a new dossier that is being filled in. */
export async function show(app, id = "") {
  const draft = (id && (await app.store.get("drafts", id))) || { id: newId(), noun: "site", answers: {}, made: Date.now() };
  if (!id) return app.store.write(["drafts"], (tx) => tx.put("drafts", draft)).then(() => void app.go(`#/newsite/${draft.id}`, true));
  const saver = new Saver(app.store, draft, app.trouble);
  const near = h("div", { "aria-live": "polite" });
  const sites = await app.core.list("site");
  const warn = () => near.replaceChildren(...[rivals(app, draft, sites)].flat(2).filter(Boolean));
  const changed = () => (saver.touch(), warn());
  const state = { answers: draft.answers, context: { now: () => new Date().toISOString(), counts: {} }, carried: new Set() };
  const form = renderForm(formOf(app, "site", PATHS, NEEDED), state, {
    changed, position: () => app.place.wait(20_000), watchPosition: (heard) => app.place.watch(heard), contacts: () => [],
  });
  warn();
  const photos = h("div.question");
  const draw = async () => photos.replaceChildren(...[grid(app, await of(app, draft.id)), taker(app, { parent: draft.id, role: "overview" }, draw)].filter(Boolean));
  await draw();
  const submit = h("button.button.primary.big", { type: "button", onclick: () => send(app, draft, form, saver) }, t("newsite.submit"));
  const drop = h("button.button.plain.big", { type: "button", onclick: () => discard(app, draft, saver) }, t("draft.drop"));
  return {
    title: t("newsite"), back: "#/today", tab: "today", keeps: true, flush: () => saver.flush(), leave: () => saver.flush(),
    body: h("div", null, notice("", t("newsite.number", { no: draft.id.slice(-6) })), form.element, near, photos, h("div.question", null, submit, drop)),
  };
}

/** Show dossiers that are so near that this may be one of them. */
function rivals(app, draft, sites) {
  const { lat, lon } = draft.answers;
  if (!lat) return [];
  const close = nearest(sites.filter(({ body }) => body.lat).map((site) => ({ ...site, lat: site.body.lat, lon: site.body.lon })), { lat, lon })
    .filter(([, metres]) => metres <= app.limits.SITE_DUPLICATE_RADIUS_M).slice(0, 3);
  return close.length ? [notice("warn", t("newsite.near")), cells("", close.map(([item, metres]) => cell(item.body.name, { value: far(metres), to: `#/site/${item.id}` })))] : [];
}

async function send(app, draft, form, saver) {
  await saver.flush();
  const problems = form.validate();
  if (problems.length) return form.focus(problems[0].path);
  await saver.end();
  const { fix_time: fix, ...values } = valuesOf(app, "site", draft.answers);
  const set = { ...values, town_code: app.town(), coord_source: draft.answers.lat ? "phone_gnss" : undefined, discovery: "patrol", found_at: fix || new Date(draft.made).toISOString() };
  const filled = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined && value !== null));
  const photos = (await app.store.all("photos", "parent", draft.id)).filter((photo) => !photo.dropped);
  await app.core.make([{ action: "site.create", id: draft.id, set: filled }], (tx) => tx.delete("drafts", draft.id));
  if (photos.length) await announce(app, photos);
  else await app.saved();
  return app.go(`#/site/${draft.id}`, true);
}

async function discard(app, draft, saver) {
  await saver.end();
  await app.store.write(["drafts"], (tx) => tx.delete("drafts", draft.id));
  app.go("#/today", true);
}
