// The map: own sites, the way, the township's outline, and the county's pictures where it made some.

import { fill, h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { openSheet } from "../form/sheet.js";
import { asJson } from "../wire.js";
import { cell, cells, notice, size } from "../show.js";
import "./words.js";

/** Show the map, with one site chosen if it is named. */
export async function show(app, chosen = "") {
  const box = h("div.map");
  const map = import("../map/map.js").then((module) => draw(app, module, box, chosen));
  map.catch(() => fill(box, notice("warn", t("map.none"))));
  const packs = h("button", { type: "button", onclick: () => choosePack(app, map), "aria-label": t("map.packs") }, t("map.packs"));
  return { title: t("map"), body: box, keeps: true, actions: packs, leave: () => map.then(({ destroy }) => destroy(), () => {}) };
}

async function draw(app, { createMap }, box, chosen) {
  const [sites, out, pack, divisions] = await Promise.all([app.core.list("site"), app.track.now(), app.store.get("bytes", "pack"), app.store.all("rows", "type", "division")]);
  const map = await createMap(box, { onSite: (id) => app.go(`#/site/${id}`), chosen });
  const towns = (await app.core.state()).scopes;
  map.setOutlines(divisions.filter(({ body }) => body.outline && towns.includes(`t-${body.code}`)).map(({ body }) => body.outline));
  map.setSites(sites.filter(({ body }) => body.lat).map(({ id, body }) => ({ id, name: body.name, lat: body.lat, lon: body.lon, status: body.lifecycle_status, chosen: id === chosen })));
  if (out) map.setTrack(await app.track.points(out.id));
  if (pack) map.setPack(pack);
  const stop = app.place.watch((fix) => fix && map.setPosition(fix));
  map.fit();
  return { ...map, destroy: () => (stop(), map.destroy()) };
}

async function choosePack(app, map) {
  const { packs } = await asJson(app.wire("GET", "/api/v1/map_packs")).catch(() => ({ packs: null }));
  openSheet(t("map.packs"), (close) => {
    if (!packs) return notice("warn", t("no.network"));
    if (!packs.length) return h("p", null, t("map.packs.none"));
    return cells("", packs.map((pack) => cell(pack.title || pack.name, { value: size(pack.size), to: () => (close(), take(app, map, pack)) })));
  });
}

/** Fetch a pack and keep it on the phone. */
async function take(app, map, { name }) {
  app.notify(t("map.taking"));
  const answer = await app.wire("GET", `/api/v1/map_packs/${encodeURIComponent(name)}`, null, {});
  const bytes = await answer.arrayBuffer();
  await app.store.write(["bytes"], (tx) => tx.put("bytes", bytes, "pack"));
  (await map).setPack(bytes);
  app.notify(t("map.taken"));
}
