// One question: its words, its control, what is wrong with it, and why it could not be answered.

import { fill, h } from "../../lib/html.js";
import { pick, t } from "../../lib/language.js";
import { hasWords, wordsOf } from "./items.js";
import { askReason, button } from "./sheet.js";
import { acknowledge, range, select } from "./widgets/choices.js";
import { geopoint, geotrace } from "./widgets/place.js";
import { signature } from "./widgets/signature.js";
import { answer, image, note, number, text } from "./widgets/plain.js";
import { date, datetime, time } from "./widgets/time.js";

// A control is {body, control?, show?, update?}: show() follows the answer, update() follows all others.
const WIDGETS = {
  text, integer: number, decimal: number, date, time, datetime, select_one: select, select_multiple: select,
  range, acknowledge, geopoint, geotrace, image, signature, note,
};
// What shows itself even where it is locked.
const OWN = ["image", "signature", "note"];
const EXCUSED = ["image", "signature", "geopoint"];
const ROWS = ["select_multiple", "signature"];
const CLEARED = ["select_one", "range", "date", "time", "datetime", "geopoint"];
// The position of the record fills fields of the record.
const FIX = { lon: "lon", lat: "lat", accuracy: "accuracy_m", time: "fix_time" };

/** A question at one concrete path; its control is made when it is first shown. */
export class Question {
  constructor(run, item, row) {
    Object.assign(this, { run, item, row, path: item.path.replace("*", row), id: `q${run.serial++}`, touched: false });
    this.reasonPath = `could_not/${this.path.replaceAll("/", "__")}`;
    this.locked = run.isLocked(this.path);
    this.output = item.kind === "calculate" || item.calculation || item.readOnly || this.locked;
    this.silent = this.output || item.kind === "note";
    this.asked = this.done = 0;
    run.nodes.set(this.path, this);
    this.element = h("div.question", { "data-path": this.path, hidden: true });
  }

  /** Attributes by which a control is named and described. */
  get named() {
    return { "aria-labelledby": `${this.id}-l`, "aria-describedby": `${this.id}-h ${this.id}-e` };
  }

  value(answers = this.run.state.answers) {
    if (this.path !== "position") return answers[this.path];
    if (answers.lon === undefined) return undefined;
    return Object.fromEntries(Object.entries(FIX).map(([name, path]) => [name, answers[path]]));
  }

  /** Tell whether a choice is taken. */
  has(name, answers = this.run.state.answers) {
    return this.item.kind === "select_multiple" ? answers[`${this.path}/${name}`] === true : answers[this.path] === name;
  }

  /** Tell whether there is an answer, or a reason why there is none. */
  isDone() {
    const { answers, context } = this.run.state;
    if (answers[this.reasonPath]) return true;
    if (this.item.kind === "image") return Boolean(context.counts?.[this.path]);
    if (ROWS.includes(this.item.kind)) return Object.keys(answers).some((key) => key.startsWith(`${this.path}/`));
    return this.value() !== undefined;
  }

  /** Take an answer, undefined for none. */
  set(value) {
    this.touched = true;
    if (this.path !== "position") this.put(value);
    else for (const [name, path] of Object.entries(FIX)) this.put(value?.[name], path);
  }

  /** Put one value that belongs to this question; `later` leaves what follows from it for another event. */
  put(value, path = this.path, later = false) {
    const { run } = this;
    run.state.carried?.delete(this.path);
    if (value !== undefined && run.state.answers[this.reasonPath]) run.put(this.reasonPath, undefined);
    run.put(path, value, later);
  }

  setReason(text) {
    this.run.put(this.reasonPath, text);
  }

  update(hidden) {
    this.shown = !hidden && !this.run.hidden.has(this.path);
    this.element.hidden = !this.shown;
    this.asked = this.done = 0;
    if (!this.shown) return;
    if (!this.widget) this.build();
    if (!this.silent) this.asked = 1;
    if (this.asked && this.isDone()) this.done = 1;
    this.say();
    this.widget.update?.();
    this.tell();
  }

  build() {
    const { id, item, run } = this;
    this.words = h("span");
    this.star = h("span.star", { hidden: true }, " *");
    this.carried = h("span.tag.warn", { hidden: true }, t("form.last"));
    this.error = h("p.error", { id: `${id}-e`, hidden: true });
    this.quiet = h("div");
    this.given = h("div.buttons");
    this.widget = (this.output && !OWN.includes(item.kind) ? answer : WIDGETS[item.kind])(this);
    const { control, body } = this.widget;
    fill(this.element,
      h("div.head", null, h(control ? "label" : "div", { class: "label", id: `${id}-l`, for: control && `${id}-i` }, this.words, this.star, this.carried), this.quiet),
      h("div.hint", { id: `${id}-h`, hidden: !hasWords(item.hints) }, wordsOf(this, item.hints)),
      run.mark(this.path), body, this.given, this.error,
    );
    if (control) control.id = `${id}-i`;
    this.widget.show?.();
  }

  /** Say the words that depend on other answers. */
  say() {
    const { item, run } = this;
    const words = wordsOf(this, item.labels);
    if (words !== this.words.textContent) this.words.textContent = words;
    this.star.hidden = this.silent || !(item.required === true || this.lacks() || run.state.answers[this.reasonPath]);
    this.carried.hidden = !run.state.carried?.has(this.path);
    this.offer();
  }

  lacks() {
    return this.run.problems.get(this.path)?.code === "required";
  }

  /** Offer a way out: to say why not, to take the reason back, to take the answer back. */
  offer() {
    const { item, run } = this;
    const reason = run.state.answers[this.reasonPath];
    const isClear = this.done && item.required !== true && CLEARED.includes(item.kind);
    const way = this.silent || reason ? null : this.lacks() ? this.excuse : isClear ? this.eraser : null;
    if (way !== this.way) fill(this.quiet, way?.call(this));
    if (reason !== this.reason) fill(this.given, reason && this.reasonGiven(reason));
    Object.assign(this, { way, reason });
  }

  excuse() {
    const { kind } = this.item;
    const words = t(EXCUSED.includes(kind) ? `form.cannot.${kind}` : "form.cannot");
    return button(words, () => askReason(words, "form.reasons", (text) => this.setReason(text)), "plain");
  }

  reasonGiven(text) {
    const undo = !this.silent && button(t("form.undo"), () => this.setReason(undefined), "plain");
    return [h("span.tag.warn", null, t("form.reason", { text })), undo];
  }

  eraser() {
    const erase = () => {
      this.set(undefined);
      this.show();
      this.focus();
    };
    return button(t("form.clear"), erase, "plain");
  }

  /** Say what is wrong, once the person has left the question or wants to be done. */
  tell() {
    const problem = this.run.problems.get(this.path);
    const due = problem && (this.run.checked || (this.touched && problem.code !== "required"));
    const words = due ? (problem.code === "type" ? t("form.type") : pick(problem.messages)) : "";
    if (words === this.error.textContent) return;
    this.error.textContent = words;
    this.error.hidden = !words;
    this.element.classList.toggle("wrong", Boolean(words));
    this.widget.control?.setAttribute("aria-invalid", Boolean(words));
  }

  touch() {
    this.touched = true;
    if (this.widget) this.tell();
  }

  /** Show the answer as it is now. */
  show() {
    this.widget?.show?.();
  }

  focus() {
    const inside = [...this.element.querySelectorAll(":scope > :not(.head) :is(input, textarea, button, a), :scope > :is(input, textarea, button)")];
    inside.find((element) => element.getClientRects().length)?.focus({ preventScroll: true });
  }
}
