// Where: one position, or a line that is walked.

import { h } from "../../../lib/html.js";
import { t } from "../../../lib/language.js";
import { answerInWords, metres } from "../items.js";
import { askReason, button } from "../sheet.js";

const GOOD_M = 20;
const POOR_M = 50;
const OLD_MS = 30000;
const STEP_M = 5;

/** A position: shows how near it is while a better one is awaited; a poor one is taken with a reason. */
export function geopoint(q) {
  const words = h("p", { role: "status" });
  const start = button("", () => follow.start());
  const take = button(t("form.use"), () => use(), "primary wide");
  const end = button(t("form.stop"), () => follow.end());
  let best = null;
  const follow = follower(q, (fix) => {
    if (fix && (!best || fix.accuracy <= best.accuracy || age(fix, best) > OLD_MS)) best = fix;
  }, () => show());
  const keep = (reason) => {
    const { lat, lon, accuracy, time } = best;
    q.set({ lat, lon, accuracy, time });
    if (reason) q.setReason(reason);
    best = null;
    follow.end();
  };
  const use = () => (best.accuracy > POOR_M ? askReason(t("form.poor"), "form.poor-reasons", keep) : keep());
  const show = () => {
    words.className = follow.on && best?.accuracy > POOR_M ? "notice warn" : "";
    words.textContent = follow.on ? waiting(best, follow.lost) : answerInWords(q);
    words.hidden = !words.textContent;
    start.hidden = follow.on;
    take.hidden = !follow.on || !best;
    end.hidden = !follow.on;
    start.textContent = t(q.value() ? "form.relocate" : "form.locate");
  };
  return { body: [words, h("div.buttons", null, start, take, end)], show };
}

function waiting(best, lost) {
  if (!best) return t(lost ? "form.lost" : "form.locating");
  const state = best.accuracy > POOR_M ? "far" : best.accuracy > GOOD_M ? "fair" : "near";
  return t(`form.${state}`, { n: Math.round(best.accuracy) });
}

function age(fix, older) {
  return new Date(fix.time) - new Date(older.time);
}

// Follows the position until it is told to end, or until the question has left the page.
function follower(q, met, show) {
  let stop;
  const follow = { on: false, lost: false };
  follow.end = () => {
    follow.on = false;
    stop?.();
    show();
  };
  follow.start = () => {
    Object.assign(follow, { on: true, lost: false });
    stop = q.run.hooks.watchPosition((fix) => {
      if (!q.element.isConnected) return follow.end();
      follow.lost = !fix;
      met(fix);
      return show();
    });
    show();
  };
  return follow;
}

/** A line: points that are set one by one, or a walk that is followed. */
export function geotrace(q) {
  const words = h("p", { role: "status" });
  const line = () => q.value()?.coordinates || [];
  const add = (fix) => fix && put([...line(), [fix.lon, fix.lat].map((degrees) => Number(degrees.toFixed(7)))]);
  const put = (coordinates) => {
    q.set(coordinates.length ? { type: "LineString", coordinates } : undefined);
    show();
  };
  const follow = follower(q, (fix) => {
    const last = line().at(-1);
    if (fix?.accuracy <= POOR_M && (!last || metres(last, [fix.lon, fix.lat]) >= STEP_M)) add(fix);
  }, () => show());
  const point = button(t("form.point"), () => q.run.hooks.position().then(add, () => show(true)), "wide");
  const walk = button("", () => (follow.on ? follow.end() : follow.start()), "wide");
  const undo = button(t("form.undo"), () => put(line().slice(0, -1)), "plain");
  const show = (lost = follow.lost) => {
    words.textContent = lost ? t("form.lost") : answerInWords(q);
    walk.textContent = t(follow.on ? "form.stop" : "form.follow");
    undo.hidden = !line().length;
  };
  return { body: [words, h("div.buttons", null, point, walk, undo)], show };
}
