// Dates and times: a calendar and a clock of our own, since the browser's follow its own language.

import { fill, h } from "../../../lib/html.js";
import { t } from "../../../lib/language.js";
import { dayInWords, local, two } from "../items.js";
import { button, openSheet, opener } from "../sheet.js";

const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const HOURS = Array.from({ length: 24 }, (_, n) => n);
const MINUTES = HOURS.slice(0, 12).map((n) => n * 5);

/** A day. */
export function date(q) {
  return single(q, dayInWords, (put, close) => calendar(q.value(), today(q), put, close));
}

/** A time of day. */
export function time(q) {
  return single(q, String, (put, close) => clock(q.value(), now(q), put, close));
}

/** A day and a time of it. */
export function datetime(q) {
  const [day, hour] = [[0, 10], [11, 16]].map((cut) => () => q.value() && local(q.value()).slice(...cut));
  const put = (to, at) => {
    q.set(local(`${to}T${at}`));
    show();
  };
  const left = field(q, "d", (close) => calendar(day(), today(q), (to) => put(to, hour() || now(q)), close));
  const right = field(q, "t", (close) => clock(hour(), now(q), (at) => put(day() || today(q), at), close));
  const show = () => {
    left.say(day() && dayInWords(day()));
    right.say(hour());
  };
  const current = button(t("form.now"), () => put(today(q), now(q)));
  return { body: h("div.buttons.moment", null, left.body, right.body, current), show };
}

function single(q, inWords, build) {
  const { body, say } = field(q, "v", (close) => build((value) => {
    q.set(value);
    show();
  }, close));
  const show = () => say(q.value() && inWords(q.value()));
  return { body, show };
}

function field(q, part, build) {
  return opener(q, part, () => openSheet(q.words.textContent, build), { d: "form.date", t: "form.time" }[part]);
}

function today(q) {
  return local(q.run.context().now).slice(0, 10);
}

function now(q) {
  return local(q.run.context().now).slice(11, 16);
}

function utc(day) {
  return new Date(`${day}T00:00Z`);
}

function iso(date) {
  return date.toISOString().slice(0, 10);
}

function moved(day, days, months = 0) {
  const at = utc(day);
  if (months) at.setUTCMonth(at.getUTCMonth() + months, 1);
  else at.setUTCDate(at.getUTCDate() + days);
  return iso(at);
}

function calendar(chosen, today, put, close) {
  let shown = chosen || today;
  const choose = (day) => {
    put(day);
    close();
  };
  const days = h("div.pad.days", { onkeydown: (event) => walk(event) });
  const title = h("b", { "aria-live": "polite" });
  const turns = [["«", -12], ["‹", -1], ["›", 1], ["»", 12]].map(([sign, months]) => [months, button(sign, () => draw(moved(shown, 0, months)))]);
  const draw = (day) => {
    shown = day;
    title.textContent = monthInWords(day);
    for (const [months, turn] of turns) turn.setAttribute("aria-label", monthInWords(moved(day, 0, months)));
    fill(days, month(day, { chosen, today, choose }));
  };
  const walk = (event) => {
    const step = event.target.dataset.day && KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    draw(moved(event.target.dataset.day, step));
    days.querySelector(`[data-day="${shown}"]`).focus();
  };
  draw(shown);
  return [title, h("div.buttons.even", null, turns.map(([, turn]) => turn)), days, button(t("form.today"), () => choose(today), "primary big")];
}

function monthInWords(day) {
  return t("form.month", { y: day.slice(0, 4), m: Number(day.slice(5, 7)) });
}

function month(shown, choice) {
  const first = utc(`${shown.slice(0, 7)}-01`);
  const cells = t("form.weekdays").split(" ").map((word) => h("small", { "aria-hidden": "true" }, word));
  for (let blank = first.getUTCDay(); blank; blank--) cells.push(h("span"));
  for (let day = iso(first); day.slice(0, 7) === shown.slice(0, 7); day = moved(day, 1)) cells.push(dayCell(day, choice));
  return cells;
}

function dayCell(day, { chosen, today, choose }) {
  return h("button", {
    type: "button", "data-day": day, "aria-label": dayInWords(day), "aria-pressed": String(day === chosen),
    "aria-current": day === today && "date", onclick: () => choose(day),
  }, Number(day.slice(8)));
}

function clock(chosen, now, choose, close) {
  let [hour, minute] = chosen ? parts(chosen) : [];
  const face = h("b.clock", { role: "status" });
  const put = (h24, min) => {
    [hour, minute] = [h24, (min + 60) % 60];
    choose(`${two(hour)}:${two(minute)}`);
    draw();
  };
  const hours = pad("form.hour", HOURS, (n) => put(n, minute ?? 0));
  const minutes = pad("form.minute", MINUTES, (n) => put(hour ?? parts(now)[0], n));
  const draw = () => {
    face.textContent = hour === undefined ? "--:--" : `${two(hour)}:${two(minute)}`;
    hours.mark(hour);
    minutes.mark(minute);
  };
  const by = (n, sign) => button(`${sign}1`, () => hour !== undefined && put(hour, minute + n), "", { "aria-label": `${sign}1 ${t("form.minute")}` });
  draw();
  return [
    h("div.buttons.even", null, by(-1, "−"), face, by(1, "+")), hours.body, minutes.body,
    h("div.buttons", null, button(t("form.now"), () => put(...parts(now)), "wide"), button(t("form.done"), close, "primary wide")),
  ];
}

function parts(clock) {
  return clock.split(":").map(Number);
}

function pad(key, numbers, choose) {
  const buttons = numbers.map((n) => h("button", { type: "button", "aria-label": `${n} ${t(key)}`, onclick: () => choose(n) }, n));
  const mark = (chosen) => buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(numbers[n] === chosen)));
  return { body: h("div", null, h("small", null, t(key)), h("div.pad", null, buttons)), mark };
}
