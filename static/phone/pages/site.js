// One dossier: what to do here now, how it was last time, what the dossier says.

import { distance } from "../../lib/geo.js";
import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { cell, cells, far, fieldOf, labelOf, notice, today, valueOf, when } from "../show.js";
import { grid, of, strip } from "./photo.js";
import "./words.js";

const VERIFY_DAYS = 5;
const HIDDEN = ["town_code", "county_code", "created_by", "salt", "last_visit_id", "last_visit_activity", "last_visit_seal_state", "last_visit_at", "moved_from", "lon", "lat", "verifier"];

/** Show a dossier. */
export async function show(app, id, task = "") {
  const site = await app.core.view(id);
  if (!site) return { title: t("site"), body: h("p.empty", null, t("site.gone")), back: "#/sites", tab: "sites" };
  const { body } = site;
  const [inspections, photos, conflicts, requests, works, place] = await Promise.all([
    app.core.list("inspection", id), strip(app, id), app.core.list("conflict", id), app.core.list("request", id), app.core.list("rectification", id), app.place.latest(),
  ]);
  inspections.sort((one, other) => ((one.body.started_at || "") < (other.body.started_at || "") ? 1 : -1));
  const seen = inspections.length ? grid(app, await of(app, inspections[0].id)) : null;
  const away = place && body.lat ? far(distance(place, body)) : "";
  const content = h("div", null,
    body.relapse_count > 1 ? notice("danger", t("relapses", { n: body.relapse_count })) : null,
    body.explosives_seen && body.explosives_seen !== "none" ? notice("danger", t("explosives")) : null,
    h("div.buttons.foot", null,
      h("a.button.primary.big", { href: `#/start/${id}${task ? `/${task}` : ""}` }, t("inspect")),
      h("a.button.wide", { href: `#/map/${id}` }, t("site.map", { away })),
      body.lifecycle_status === "lead" && !requests.some(({ body: it, ops }) => it.to === "verifying" && ops.length) ? h("button.button.wide", { type: "button", onclick: () => verify(app, id) }, t("verify")) : null,
      canRelapse(app, body) ? h("a.button.danger.wide", { href: `#/relapse/${id}` }, t("relapse")) : null),
    cells(t("last"), [...lastVisits(app, body, inspections), seen ? h("div.padded", null, seen) : null]),
    photos,
    cells(t("requests"), requests.map((it) => request(app, it))),
    facts(app, site, conflicts),
    cells("", [cell(t("closing"), { to: `#/closing/${id}`, tag: due(works) }), cell(t("history"), { to: `#/history/site/${id}` })]));
  return { title: body.name || t("site"), body: content, back: "#/today", tab: "sites" };
}

/** Ask that this person verifies the lead within some days; the county knows who and by when. */
async function verify(app, id) {
  const by = today(new Date(Date.now() + VERIFY_DAYS * 86_400_000));
  await app.core.make([{ action: "request.make", id: app.core.makeId(), parent: id, set: { target: id, to: "verifying", verifier: app.person.id, verify_by: by } }]);
  await app.saved();
  app.go(`#/site/${id}`, true);
}

function canRelapse(app, body) {
  return app.transitions.some(([from, to]) => from === body.lifecycle_status && to === "relapsed");
}

function lastVisits(app, body, inspections) {
  const rows = inspections.slice(0, 3).map((it) => visit(app, it));
  if (!inspections.length && body.last_visit_at) {
    const seen = valueOf(app, "inspection", "activity", body.last_visit_activity);
    rows.push(cell(seen, { sub: valueOf(app, "inspection", "seal_state", body.last_visit_seal_state), value: when(body.last_visit_at) }));
  }
  return rows.length ? rows : [cell(t("last.none"))];
}

/** Return the cell of an inspection. */
export function visit(app, { id, body, ops }) {
  const wrong = ["seal_state", "fence_state", "sign_state"].filter((path) => ["damaged", "missing"].includes(body[path]));
  const sub = [stateOf(app, body, ops), ...wrong.map((path) => `${labelOf(app, "inspection", path)} ${valueOf(app, "inspection", path, body[path])}`)];
  return cell(valueOf(app, "inspection", "activity", body.activity), { sub: sub.join(" · "), value: when(body.started_at), to: `#/visit/${id}` });
}

/** Return the state of an inspection in words: what only the phone has is said so. */
export function stateOf(app, body, ops) {
  return ops.some((op) => op.waiting) ? t("state.local") : valueOf(app, "inspection", "state", body.state || "submitted");
}

/** What was asked for, and what the county made of it, in words. */
function request(app, { body, ops }) {
  const status = ops.some((op) => op.waiting) ? t("state.local") : valueOf(app, "request", "status", body.status || "pending");
  const why = body.code ? valueOf(app, "request", "code", body.code) : body.decision_reason;
  return cell(valueOf(app, "site", "lifecycle_status", body.to), { tag: [status, body.status === "refused" ? "danger" : body.status === "granted" ? "good" : "warn"], sub: why || body.reason });
}

function due(works) {
  const open = works.filter(({ body }) => body.status === "open").length;
  return open ? [t("closing.open", { n: open }), "warn"] : null;
}

function facts(app, site, conflicts) {
  const { body, base, ops } = site;
  const shown = Object.keys(app.nouns.site.fields).filter((path) => !path.includes("*") && !HIDDEN.includes(path));
  const rows = [...shown, ...Object.keys(body).filter((path) => path.includes("/") && body[path] !== true)].filter((path) => !path.startsWith("county/") && !path.startsWith("confirmed/"));
  const fresh = new Set(ops.flatMap((op) => Object.keys(op.content.set || {})));
  const openAt = new Map(conflicts.filter(({ body: it }) => it.status !== "resolved").map((it) => [it.body.path, it.body.status]));
  const list = rows.map((path) => fact(app, site, path, fresh.has(path) && base[path] !== body[path], openAt.get(path)));
  return cells(t("dossier"), [...tags(app, site), ...list]);
}

function fact(app, { id, body }, path, isNew, conflict) {
  const field = fieldOf(app, "site", path);
  if (!field || (field.policy === "server" && body[path] === undefined)) return null;
  const tag = conflict ? [t(`conflict.${conflict}`), "warn"] : isNew ? [t("unsent"), "warn"] : null;
  const note = body[`county/${path}`] === undefined ? null : t("county.says", { value: valueOf(app, "site", path, body[`county/${path}`]) });
  const editable = field.policy !== "server" && field.policy !== "once" && !path.includes("/");
  return cell(labelOf(app, "site", path), { value: valueOf(app, "site", path, body[path]), sub: note, to: editable ? `#/edit/${id}/${path}` : undefined, tag });
}

/** Sets of the dossier, a cell each: violations, land use. */
function tags(app, { id, body }) {
  return ["violations"].map((path) => {
    const names = Object.keys(body).filter((it) => it.startsWith(`${path}/`) && it.split("/").length === 2);
    const words = names.map((it) => labelOf(app, "site", it).split(": ").pop()).join("、");
    return cell(t(path), { sub: words || "—", to: `#/edit/${id}/${path}` });
  });
}
