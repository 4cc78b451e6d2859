// One field of a dossier: whose it is, what becomes of the value, and what changed meanwhile.

import { equal, merge } from "../../lib/merge.js";
import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { answersOf, formOf, valuesOf } from "../fields.js";
import { renderForm } from "../form/render.js";
import { openSheet } from "../form/sheet.js";
import { fieldOf, labelOf, notice, valueOf } from "../show.js";
import "./words.js";

/** Show a field with its value; what the person saw goes along with what he writes. */
export async function show(app, id, ...parts) {
  const path = parts.join("/");
  const record = await app.core.view(id);
  const before = answersOf(app, "site", [path], record.body);
  const state = { answers: { ...before }, context: { now: () => new Date().toISOString(), counts: {} }, carried: new Set() };
  const form = renderForm(formOf(app, "site", [path]), state, { changed: () => {} });
  const field = fieldOf(app, "site", path) || fieldOf(app, "site", `${path}/x`);
  const save = () => store(app, record, path, valuesOf(app, "site", state.answers, before));
  const body = h("div", null, foretold(field, record, path), form.element,
    h("div.question", null, h("button.button.primary.big", { type: "button", onclick: save }, t("save"))));
  return { title: labelOf(app, "site", path).split(":")[0], body, back: `#/site/${id}`, tab: "sites", keeps: true };
}

/** Say before he writes what his side may do here. */
function foretold(field, record, path) {
  const confirmed = field.policy === "confirm" && record.body[`confirmed/${path}`] === true;
  return field.policy === "county" || confirmed ? notice("warn", t("owner.county")) : null;
}

async function store(app, record, path, values) {
  const rival = await overtaken(app, record, values);
  if (rival) return ask(app, record, values, rival);
  return keep(app, record, values);
}

/** Return the path that somebody changed since the person opened this page, with what will become of his value. */
async function overtaken(app, record, values) {
  const now = await app.store.get("rows", record.id);
  for (const [path, value] of Object.entries(values)) {
    const [seen, stands] = [record.base[path] ?? null, now?.body[path] ?? null];
    if (equal(seen, stands) || equal(stands, value ?? null)) continue;
    const policy = fieldOf(app, "site", path)?.policy || "review";
    return { path, stands, outcome: merge(policy, "township", { confirmed: false, seen: false, contested: false, cur: stands, new: value ?? null }) };
  }
  return null;
}

function ask(app, record, values, { path, stands, outcome }) {
  openSheet(t("changed.since"), (close) => [
    h("p", null, t(`changed.${outcome}`, { field: labelOf(app, "site", path), theirs: valueOf(app, "site", path, stands), yours: valueOf(app, "site", path, values[path]) })),
    h("button.button.primary.big", { type: "button", onclick: () => (close(), keep(app, record, values)) }, t("changed.send")),
    h("button.button.big", { type: "button", onclick: () => (close(), app.go(`#/site/${record.id}`, true)) }, t("changed.leave")),
  ]);
}

async function keep(app, record, values) {
  const intent = app.core.change(record, values);
  if (intent) await app.core.make([intent]);
  if (intent) await app.saved();
  app.go(`#/site/${record.id}`, true);
}
