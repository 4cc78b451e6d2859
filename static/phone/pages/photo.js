// Photos of a record: the strip under it, the one in full, a marked copy to share.

import { fill, h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { askReason } from "../form/sheet.js";
import { shareFile, takePhoto } from "../platform.js";
import { cell, cells, notice, valueOf, when } from "../show.js";
import "./words.js";

const NOT_DROPPED = ["under_review", "approved", "amended", "archived"];

/** Return the photos of a record under a title, with a button that takes another. */
export async function strip(app, parent) {
  const box = h("div");
  const draw = async () => fill(box, h("h2.title", null, t("photos")), h("div.cells.padded", null, grid(app, await of(app, parent)), taker(app, { parent }, async (photo) => {
    await announce(app, [photo]);
    await draw();
  })));
  await draw();
  return box;
}

/** Return the photos of a record: announced ones and those that were only taken. */
export async function of(app, parent) {
  const [announced, taken] = await Promise.all([app.core.list("photo", parent), app.store.all("photos", "parent", parent)]);
  const own = new Map(taken.map((photo) => [photo.id, photo]));
  const all = announced.map(({ id, body }) => ({ ...own.get(id), ...body, id, parent }));
  return [...all, ...taken.filter((photo) => !photo.announced && !photo.dropped)];
}

/** Return a grid of photos. */
export function grid(app, photos) {
  return photos.length ? h("div.grid", null, photos.map((photo) => thumb(app, photo))) : null;
}

function thumb(app, photo) {
  const link = h("a", { href: `#/photo/${photo.id}`, "aria-label": t("photo.of", { at: when(photo.at || photo.device_time) }) }, h("span.quiet", null, t(photo.have ? "photo.there" : "photo.here")));
  picture(app, photo).then((url) => url && fill(link, h("img", { src: url, alt: t("photo.of", { at: when(photo.at || photo.device_time) }), onload: () => URL.revokeObjectURL(url) })));
  return link;
}

/** Return an address of a picture: this phone's own, or the county's if there is a network. */
async function picture(app, photo, px = 512) {
  const own = photo.sha256 && (await app.photos.picture(photo));
  if (own) return URL.createObjectURL(own);
  if (!photo.have && !photo.have_preview) return "";
  const key = `seen ${photo.id} ${px}`;
  const bytes = (await app.store.get("bytes", key)) || (await fetched(app, photo, px, key));
  return bytes ? URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })) : "";
}

/** Fetch a preview once: each look at the county's copy is noted there. */
async function fetched(app, photo, px, key) {
  const answer = await app.wire("GET", `/api/v1/photos/${photo.id}/preview?px=${px}`, null, { Accept: "image/jpeg" }).catch(() => null);
  if (!answer) return null;
  const bytes = await answer.arrayBuffer();
  await app.store.write(["bytes"], (tx) => tx.put("bytes", bytes, key));
  return bytes;
}

/** Return the button that takes a photo; `done(photo)` once it is stored and read back. */
export function taker(app, about, done) {
  const note = h("span", { "aria-live": "polite" });
  const take = async () => {
    await app.page?.flush?.();
    const file = await takePhoto();
    if (!file) return;
    fill(note, t("photo.saving"));
    try {
      const photo = await app.photos.keep(file, about);
      fill(note);
      app.notify(t("photo.saved"));
      await done(photo);
    } catch (error) {
      fill(note, h("strong", { role: "alert" }, t("photo.unsaved")));
      app.trouble(error);
    }
  };
  return h("div.buttons", null, h("button.button.wide", { type: "button", onclick: take }, t("photo.take")), note);
}

/** Announce photos of a record that the county knows, or will know before them. */
export async function announce(app, photos) {
  await app.photos.settle();
  const sealed = await Promise.all(photos.map(({ id }) => app.store.get("photos", id)));
  await app.core.make(app.photos.announce(sealed), (tx) => app.photos.release(tx, sealed));
  await app.saved();
}

/** Show one photo. */
export async function show(app, id) {
  const [own, record] = await Promise.all([app.store.get("photos", id), app.core.view(id)]);
  const photo = { ...own, ...record?.body, id, parent: own?.parent || record?.parent };
  if (!photo.sha256) return { title: t("photo"), body: h("p.empty", null, t("photo.gone")), back: "#/today" };
  const url = await picture(app, photo, 1600);
  const facts = ["device_time", "taken_at", "role", "caption", "claim_verdict", "to_site_m"].filter((path) => photo[path] !== undefined);
  const body = [
    url ? h("img.photo", { src: url, alt: t("photo") }) : notice("warn", t("photo.elsewhere")),
    cells("", [
      cell(t("photo.place"), { sub: photo.fix ? `${photo.fix.lat}, ${photo.fix.lon} ± ${Math.round(photo.fix.accuracy)} m` : t("photo.noplace") }),
      ...facts.map((path) => cell(app.nouns.photo.fields[path].labels[0], { value: valueOf(app, "photo", path, photo[path]) })),
      cell(t("photo.hash"), { sub: photo.sha256 }), cell(t("photo.state"), { value: t(photo.have ? "photo.there" : "photo.here") }),
    ]),
    h("div.buttons.foot", null, url ? h("button.button.wide", { type: "button", onclick: () => share(app, photo, url) }, t("photo.share")) : null, await dropper(app, photo, record)),
  ];
  return { title: t("photo"), body, back: await home(app, photo.parent), tab: "today", keeps: true };
}

async function home(app, parent) {
  if (await app.store.get("drafts", parent)) return `#/inspect/${parent}`;
  const above = await app.core.view(parent);
  return above?.type === "inspection" ? `#/visit/${parent}` : `#/site/${parent}`;
}

/** Share a copy with time, place and name on it. */
async function share(app, photo, url) {
  const blob = await (await fetch(url)).blob();
  const place = photo.fix ? `${photo.fix.lat}, ${photo.fix.lon} ±${Math.round(photo.fix.accuracy)} m` : t("photo.noplace");
  const lines = [`${when(photo.at || photo.device_time)} ${app.person.name}`, place, `${photo.sha256.slice(0, 16)} ${t("photo.copy")}`];
  await shareFile(new File([await app.photos.watermarked(blob, lines)], `${photo.sha256.slice(0, 8)}.jpg`, { type: "image/jpeg" }));
}

/** Return the button that drops a wrong photo, until its review began. */
async function dropper(app, photo, record) {
  const parent = photo.parent && (await app.core.view(photo.parent));
  const mine = !record || record.ops.length || record.body.created_by === app.person.id;
  if (!mine || NOT_DROPPED.includes(parent?.body.state)) return null;
  const drop = () => askReason(t("photo.drop"), "photo.reasons", async (reason) => {
    const own = await app.store.get("photos", photo.id);
    const intents = record ? [{ action: "photo.drop", id: photo.id, base: record.rev, reason }] : [];
    await app.core.make(intents, (tx) => own && tx.put("photos", { ...own, dropped: reason }));
    await app.saved();
    history.back();
  });
  return h("button.button.danger.wide", { type: "button", onclick: drop }, t("photo.drop"));
}
