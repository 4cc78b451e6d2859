// Being out: begin, see the way, say when one is back, come back. In the pocket the screen stays dark but on.

import { h, s } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { cell, cells, far, notice, when } from "../show.js";
import { summed } from "../track.js";
import "./words.js";

const HOURS = [1, 2, 4, 8];

/** Show the patrol that is under way, or offer to set out; below, the own patrols. */
export async function show(app) {
  const [out, tracks] = await Promise.all([app.track.now(), app.core.list("patrol_track")]);
  const mine = tracks.filter(({ body, ops }) => ops.length || body.person === app.person.id);
  const others = tracks.filter((it) => !mine.includes(it) && !it.body.ended_at);
  const body = h("div", null, out ? await running(app, out) : setOut(app),
    cells(t("out.others"), others.map(({ body: it }) => cell(it.area_note || t("out.somebody"), { sub: t("out.since", { at: when(it.started_at), back: when(it.expected_return_at) }), tag: Date.parse(it.expected_return_at) < Date.now() ? [t("out.late"), "danger"] : null, value: it.contact_phone }))),
    cells(t("track.own"), mine.filter(({ body: it }) => it.ended_at).slice(-20).reverse().map(({ body: it }) => cell(when(it.started_at), { sub: t("track.sum", { points: it.points || 0, gaps: it.gaps?.length || 0 }), value: far(it.distance_m || 0) }))),
    notice("", t("track.privacy", { n: app.limits.TRACK_DAYS })));
  return { title: t("track"), body, back: "#/today", tab: "today", keeps: !out, leave: () => (app.heard = null) };
}

function setOut(app) {
  let hours = HOURS[2];
  const alone = h("input", { type: "checkbox", id: "alone" });
  const note = h("input.field", { id: "note", maxlength: 100 });
  const phone = h("input.field", { id: "phone", type: "tel", maxlength: 30, value: app.settings.phone || "" });
  const begin = async () => {
    const back = new Date(Date.now() + hours * 3_600_000).toISOString();
    await app.set({ phone: phone.value.trim() });
    await app.track.begin({ expected_return_at: back, alone: alone.checked, ...(note.value.trim() && { area_note: note.value.trim() }), ...(phone.value.trim() && { contact_phone: phone.value.trim() }) });
    app.go("#/track", true);
  };
  const choice = (n) => h("label.choice", null, h("input", { type: "radio", name: "hours", checked: n === hours, onchange: () => (hours = n) }), h("span", null, t("hours", { n })));
  return h("div.part", null,
    h("div.question", null, h("span.label", null, t("out.back")), h("div.choices", { role: "radiogroup", "aria-label": t("out.back") }, HOURS.map(choice))),
    h("div.question", null, h("label.label", { for: "note" }, t("out.where")), note),
    h("div.question", null, h("label.label", { for: "phone" }, t("out.phone")), phone),
    h("div.question", null, h("label.choice", { class: "check" }, alone, h("span", null, t("out.alone"))), h("p.hint", null, t("out.alone.hint", { n: app.limits.OUT_REMIND_MIN }))),
    h("div.question", null, h("button.button.primary.big", { type: "button", onclick: begin }, t("out.begin"))));
}

async function running(app, out) {
  const line = h("div");
  const draw = async () => line.replaceChildren(sketch(await app.track.points(out.id), app.limits.TRACK_INTERVAL_S));
  app.heard = draw;
  await draw();
  const end = async () => {
    await app.track.end();
    await app.draw();
  };
  const later = async () => {
    await app.track.extend(new Date(Math.max(Date.now(), Date.parse(out.expected_return_at)) + 3_600_000).toISOString());
    await app.saved();
  };
  return [
    cells("", [cell(t("out.now"), { sub: t("out.since", { at: when(out.started_at), back: when(out.expected_return_at) }), tag: [t("out.running"), "good"] })]),
    line,
    h("div.buttons.foot", null, h("button.button.primary.big", { type: "button", onclick: end }, t("out.end")),
      h("button.button.wide", { type: "button", onclick: later }, t("out.extend")), h("button.button.wide", { type: "button", onclick: pocket }, t("pocket"))),
    notice("warn", t("track.screen")),
  ];
}

/** Draw the way as lines; where nothing was recorded there is no line. */
function sketch(points, interval) {
  if (points.length < 2) return h("p.empty", null, t("track.waiting"));
  const { points: n, distance_m: length, gaps } = summed(points, interval);
  const [west, east] = [Math.min(...points.map((it) => it.lon)), Math.max(...points.map((it) => it.lon))];
  const [south, north] = [Math.min(...points.map((it) => it.lat)), Math.max(...points.map((it) => it.lat))];
  const scale = 280 / Math.max(east - west, north - south, 1e-4);
  const d = points.map(({ lat, lon, at }, index) => `${index && at - points[index - 1].at < interval * 4000 ? "L" : "M"}${Math.round(10 + (lon - west) * scale)} ${Math.round(290 - (lat - south) * scale)}`).join("");
  return h("figure.sketch", null, s("svg", { viewBox: "0 0 300 300", role: "img", "aria-label": t("track") }, s("path", { d })), h("figcaption", null, `${t("track.sum", { points: n, gaps: gaps?.length || 0 })} · ${far(length)}`));
}

/** Darken the screen without turning it off; only a long press on the large field lights it again. */
function pocket() {
  const close = () => sheet.remove();
  let timer = 0;
  const press = () => (timer = setTimeout(close, 1200));
  const free = () => clearTimeout(timer);
  const sheet = h("div.pocket", { role: "dialog", "aria-modal": "true", "aria-label": t("pocket") },
    h("button", { type: "button", onpointerdown: press, onpointerup: free, onpointerleave: free, onkeydown: (event) => event.key === "Enter" && close() }, t("pocket.open")));
  document.body.append(sheet);
  sheet.firstChild.focus();
}
