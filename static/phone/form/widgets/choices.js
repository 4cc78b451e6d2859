// Choosing: tiles for few choices, a sheet for many.

import { fill, h } from "../../../lib/html.js";
import { pick, t } from "../../../lib/language.js";
import { answerInWords, choicesFor, listOf } from "../items.js";
import { button, openSheet, opener } from "../sheet.js";
import { number } from "./plain.js";

const TILES = 7;
const SHORT = 4;
const LISTED = 12;
const SHOWN = 60;
const STEPS = 20;

/** One or several of a list of choices. */
export function select(q) {
  const isLong = /search|minimal|autocomplete/.test(q.item.appearance) || listOf(q.run, q.item).length > LISTED;
  const widget = isLong ? drawer(q) : tiled(q, () => choicesFor(q));
  return q.item.filter ? filtered(q, widget) : widget;
}

/** Numbers from a start to an end as tiles; too many of them are typed. */
export function range(q) {
  const { start, end, step } = q.item.range;
  const count = Math.floor((end - start) / step + 1e-9) + 1;
  if (count > STEPS) return number(q);
  const numbers = Array.from({ length: count }, (_, n) => Number((start + n * step).toFixed(7)));
  return tiled(q, () => numbers.map((name) => ({ name, labels: [String(name)] })));
}

/** A big tick. */
export function acknowledge(q) {
  const tile = tileOf(q, "checkbox", t("form.yes"), (on) => q.set(on || undefined));
  return { body: h("div.choices", { role: "group", ...q.named }, tile), show: () => check(tile, q.value() === true) };
}

function take(q, name, on) {
  if (q.item.kind !== "select_multiple") q.set(name);
  else {
    q.touched = true;
    q.put(on || undefined, `${q.path}/${name}`);
  }
}

function tiled(q, list) {
  const type = q.item.kind === "select_multiple" ? "checkbox" : "radio";
  const body = h("div.choices", { role: type === "radio" ? "radiogroup" : "group", ...q.named });
  let drawn = new Map();
  const draw = (choices) => {
    drawn = new Map(choices.map(({ name, labels }) => [name, tileOf(q, type, pick(labels), (on) => take(q, name, on))]));
    body.classList.toggle("column", choices.length > TILES && choices.some(({ labels }) => pick(labels).length > SHORT));
    body.classList.toggle("even", q.item.kind === "range");
    fill(body, [...drawn.values()]);
  };
  const show = () => drawn.forEach((tile, name) => check(tile, q.has(name)));
  const redraw = () => {
    const choices = list();
    if (choices.map(({ name }) => name).join() !== [...drawn.keys()].join()) draw(choices);
    show();
  };
  return { body, show: redraw, redraw };
}

function tileOf(q, type, words, onchange) {
  const input = h("input", { type, name: q.id, onchange: () => onchange(input.checked) });
  return h("label.choice", null, input, h("span", null, words));
}

function check(tile, on) {
  tile.firstChild.checked = on;
}

// Choices that depend on another answer: what no longer fits is taken back, and the person is told.
function filtered(q, widget) {
  const notice = h("div", { role: "status" });
  const leave = () => {
    const fit = new Set(choicesFor(q).map(({ name }) => name));
    const gone = listOf(q.run, q.item).filter(({ name }) => q.has(name) && !fit.has(name));
    for (const { name, labels } of gone) {
      const many = q.item.kind === "select_multiple";
      q.put(undefined, many ? `${q.path}/${name}` : q.path);
      fill(notice, h("div.notice.warn", null, t("form.gone", { label: pick(labels) })));
    }
    if (!gone.length && q.isDone()) fill(notice);
  };
  const update = () => {
    leave();
    widget.redraw();
  };
  return { ...widget, body: [notice, widget.body], update };
}

function drawer(q) {
  const { body, say } = opener(q, "v", () => open(q, show));
  const show = () => say(answerInWords(q));
  return { body, show, redraw: show };
}

function open(q, show) {
  openSheet(q.words.textContent, (close) => {
    const list = h("div.cells");
    const search = h("input.field", { type: "search", "aria-label": t("form.search"), placeholder: t("form.search"), oninput: () => draw() });
    const choose = (choice) => {
      const many = q.item.kind === "select_multiple";
      take(q, choice.name, many && !q.has(choice.name));
      show();
      if (many) draw();
      else close();
    };
    const draw = () => fill(list, found(choicesFor(q), search.value, (choice) => cell(q, choice, choose)));
    draw();
    return [search, list, button(t("form.done"), close, "primary big")];
  });
}

function found(choices, typed, draw) {
  const wanted = typed.trim().toLowerCase();
  const fit = choices.filter(({ labels }) => labels.some((label) => label.toLowerCase().includes(wanted)));
  const rest = fit.length - SHOWN;
  const tail = !fit.length ? t("form.nothing") : rest > 0 && t("form.more", { n: rest });
  return [fit.slice(0, SHOWN).map(draw), tail && h("p.empty", { role: "status" }, tail)];
}

function cell(q, choice, choose) {
  return h("button.cell", { type: "button", "aria-pressed": String(q.has(choice.name)), onclick: () => choose(choice) }, h("span", null, pick(choice.labels)));
}
