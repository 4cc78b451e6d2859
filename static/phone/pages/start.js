// The choice of a form for a visit: the one that fits the site's state first.

import { h } from "../../lib/html.js";
import { pick, t } from "../../lib/language.js";
import { begin } from "../drafts.js";
import { cell, cells } from "../show.js";
import "./words.js";

const CLOSED = ["closing", "closed_pending", "rectifying", "accepted", "monitoring", "writeoff_requested", "written_off"];

/** Offer the forms; with one tap the visit begins. */
export async function show(app, id, task = "") {
  const [site, forms, drafts] = await Promise.all([app.core.view(id), app.forms(), app.store.all("drafts")]);
  const first = CLOSED.includes(site.body.lifecycle_status) ? "closed_adit" : "patrol";
  const fitting = forms.filter((form) => form.noun === "inspection").sort((one, other) => (other.name === first) - (one.name === first));
  const open = async (form) => app.go(`#/inspect/${(await begin(app, site, form, task)).id}`, true);
  const waiting = drafts.filter((draft) => draft.site === id && draft.noun === "inspection");
  const body = [
    cells(t("drafts"), waiting.map((draft) => cell(t("draft.goon"), { sub: draft.form, to: `#/inspect/${draft.id}` }))),
    cells(t("forms.which"), fitting.map((form) => cell(pick(form.titles), { to: () => open(form), tag: form.name === first ? [t("forms.fits"), "good"] : null }))),
    fitting.length ? null : h("p.empty", null, t("forms.none")),
  ];
  return { title: t("inspect"), body, back: `#/site/${id}`, tab: "sites" };
}
