// All dossiers of the own townships, found by name, number or place.

import { fill, h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { cells } from "../show.js";
import { ordered, row } from "./today.js";
import "./words.js";

const MOST = 100;
let last = "";

/** Show the register with a search. */
export async function show(app) {
  const sites = await app.core.list("site");
  const found = h("div", { "aria-live": "polite" });
  const search = () => {
    last = input.value;
    const words = last.trim().toLowerCase().split(/\s+/);
    const hits = sites.filter(({ body }) => words.every((word) => `${body.name} ${body.dossier_no} ${body.place_name} ${body.village}`.toLowerCase().includes(word)));
    const near = ordered(hits, app.place.latest());
    fill(found, cells(t("sites.found", { n: hits.length }), near.slice(0, MOST).map((it) => row(app, it))) || h("p.empty", null, t("nothing.found")));
  };
  const input = h("input.field", { type: "search", "aria-label": t("search"), placeholder: t("sites.search"), value: last, oninput: search });
  search();
  return {
    title: t("sites"), body: [h("div.question", null, input), found, h("div.buttons.foot", null, h("a.button.wide", { href: "#/newsite" }, t("newsite")))],
  };
}
