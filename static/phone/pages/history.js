// Who set which value, when, and through what: asked of the county once, then kept.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { asJson } from "../wire.js";
import { cell, cells, labelOf, notice, valueOf, when } from "../show.js";
import "./words.js";

const MOST = 100;
const HIDDEN = /^(salt|created_by|content_hash)$|strokes$/;

/** Show the history of a record, newest first. */
export async function show(app, noun, id) {
  const key = `history ${id}`;
  const plural = `${noun}s`;
  const kept = (await app.store.get("meta", key)) || [];
  const fresh = await asJson(app.wire("GET", `/api/v1/${plural}/${id}/versions`)).then(({ versions }) => versions, () => null);
  if (fresh) await app.store.write(["meta"], (tx) => tx.put("meta", fresh.slice(-MOST), key));
  const versions = (fresh || kept).slice(-MOST).reverse();
  const body = [
    fresh ? null : notice("warn", t(kept.length ? "history.kept" : "history.network")),
    versions.map((version) => cells(`${when(version.received_at)} · ${who(version)}`, Object.entries(version.patch).filter(([path]) => !HIDDEN.test(path)).map(([path, [old, value]]) =>
      cell(labelOf(app, noun, path), { value: valueOf(app, noun, path, value), sub: old === null ? null : t("history.was", { value: valueOf(app, noun, path, old) }) })))),
  ];
  return { title: t("history"), body: h("div", null, body), back: noun === "site" ? `#/site/${id}` : `#/visit/${id}`, tab: "sites" };
}

function who({ by_name: name, side }) {
  return name || t(side === "county" ? "side.county" : "side.server");
}
