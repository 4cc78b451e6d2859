// An inspection that was handed in: what it says, where it stands, and what its author may still do.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { correct } from "../drafts.js";
import { askReason } from "../form/sheet.js";
import { cell, cells, labelOf, notice, valueOf } from "../show.js";
import { grid, of } from "./photo.js";
import { stateOf } from "./site.js";
import "./words.js";

const HIDDEN = ["site_id", "created_by", "form", "town_code", "task_id", "approved_rev", "origin", "reviewed_by", "state", "state_before", "review_comment", "review_reason"];

/** Show an inspection. */
export async function show(app, id) {
  const inspection = await app.core.view(id);
  if (!inspection) return { title: t("visit"), body: h("p.empty", null, t("visit.gone")), back: "#/today" };
  const { body, ops } = inspection;
  const [photos, site] = await Promise.all([of(app, id), app.core.view(body.site_id)]);
  const paths = Object.keys(body).filter((path) => !HIDDEN.includes(path) && !/^review_fields|strokes$|content_hash$/.test(path)).sort((one, other) => order(app, one) - order(app, other));
  const content = [
    notice(body.state === "returned" ? "danger" : "", stateOf(app, body, ops), body.review_comment ? `: ${body.review_comment}` : ""),
    h("div.buttons.foot", null, actions(app, inspection)),
    photos.length ? [h("h2.title", null, t("photos")), h("div.cells.padded", null, grid(app, photos))] : null,
    cells(site?.body.name, paths.map((path) => cell(labelOf(app, "inspection", path), { value: body[path] === true ? "✓" : valueOf(app, "inspection", path, body[path]), sub: body[`review_fields/${path}`] }))),
    cells("", [cell(t("history"), { to: `#/history/inspection/${id}` })]),
  ];
  return { title: t("visit"), body: content, back: `#/site/${body.site_id}`, tab: "today" };
}

function order(app, path) {
  const at = Object.keys(app.nouns.inspection.fields).findIndex((it) => it.split("/")[0] === path.split("/")[0]);
  return at < 0 ? 1000 : at;
}

function actions(app, inspection) {
  const { body, ops } = inspection;
  const state = body.state || "submitted";
  if (!ops.length && body.created_by !== app.person.id) return null;
  const buttons = [];
  const edit = (action, word, kind = "wide") => buttons.push(h("button.button", { type: "button", class: kind, onclick: () => open(app, inspection, action) }, t(word)));
  if (state === "returned" || state === "withdrawn") edit("inspection.resubmit", "visit.again", "primary big");
  if (state === "submitted" || state === "resubmitted") {
    edit("inspection.edit", "visit.edit");
    buttons.push(h("button.button.danger.wide", { type: "button", onclick: () => withdraw(app, inspection) }, t("visit.withdraw")));
  }
  return buttons;
}

async function open(app, inspection, action) {
  const draft = (await app.store.get("drafts", inspection.id)) || (await correct(app, inspection, action));
  app.go(`#/inspect/${draft.id}`);
}

function withdraw(app, { id, rev }) {
  askReason(t("visit.withdraw"), "visit.reasons", async (reason) => {
    await app.core.make([{ action: "inspection.withdraw", id, base: rev, reason }]);
    await app.saved();
  });
}
