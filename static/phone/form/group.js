// Groups and repeats: what holds questions together.

import { fill, h } from "../../lib/html.js";
import { newId } from "../../lib/ids.js";
import { t } from "../../lib/language.js";
import { defaultsOf, hasWords, rowsAt, wordsOf } from "./items.js";
import { Question } from "./question.js";
import { button } from "./sheet.js";

function build(run, items, row) {
  return items
    .filter((item) => item.kind !== "calculate" || hasWords(item.labels))
    .map((item) => new ({ group: Group, repeat: Repeat }[item.kind] || Question)(run, item, row));
}

function tally(node, children, hidden) {
  node.asked = node.done = 0;
  node.shown = false;
  for (const child of children) {
    child.update(hidden);
    node.asked += child.asked;
    node.done += child.done;
    node.shown ||= child.shown;
  }
}

/** A group of questions; at the top (`isPart`) a part of the form under a heading that stays in sight. */
export class Group {
  constructor(run, item, row, isPart) {
    Object.assign(this, { run, item, row });
    this.children = build(run, item.items, row);
    this.words = h("span");
    this.count = h("small");
    const heading = hasWords(item.labels) && h(isPart ? "h2" : "h3", null, this.words, this.count);
    this.element = h(isPart ? "section.part" : "div", null, heading, this.children.map((child) => child.element));
  }

  update(hidden) {
    tally(this, this.children, hidden);
    this.element.hidden = !this.shown;
    this.words.textContent = wordsOf(this, this.item.labels);
    this.count.textContent = this.asked ? `${this.done === this.asked ? "✓ " : ""}${this.done}/${this.asked}` : "";
  }
}

/** Rows of questions that a person adds and removes; a row is known by its id and stands where it was made. */
class Repeat {
  constructor(run, item) {
    Object.assign(this, { run, item, row: "", path: item.path, drawn: new Map() });
    run.nodes.set(this.path, this);
    this.words = h("span");
    this.list = h("div");
    this.notice = h("div", { role: "status" });
    this.locked = run.isLocked(this.path);
    this.more = button(`＋ ${t("form.add")}`, () => this.add(), "big", { hidden: this.locked });
    this.element = h("div.question", { "data-path": this.path, role: "group" },
      h("div.label", null, this.words), run.mark(this.path), this.list, this.notice, this.more);
    this.show();
  }

  update(hidden) {
    const away = hidden || this.run.hidden.has(this.path);
    tally(this, [...this.drawn.values()].flatMap((row) => row.children), away);
    this.shown = !away;
    this.element.hidden = away;
    this.words.textContent = wordsOf(this, this.item.labels);
    this.element.setAttribute("aria-label", this.words.textContent);
  }

  ids() {
    return rowsAt(this.run.state.answers, this.path);
  }

  /** Draw the rows that came, drop those that went, leave all others as they are. */
  show() {
    const ids = this.ids();
    for (const id of this.drawn.keys()) if (!ids.includes(id)) this.drop(id);
    for (const [n, id] of ids.entries()) {
      const row = this.drawn.get(id) || this.draw(id);
      row.number.textContent = t("form.row", { n: n + 1 });
      if (this.list.children[n] !== row.element) this.list.insertBefore(row.element, this.list.children[n] || null);
    }
  }

  draw(id) {
    const children = build(this.run, this.item.items, id);
    const number = h("b");
    const remove = !this.locked && button(t("form.remove"), () => this.remove(id), "plain danger");
    const element = h("div.row", null, h("header", null, number, remove), children.map((child) => child.element));
    this.drawn.set(id, { element, children, number });
    return this.drawn.get(id);
  }

  drop(id) {
    this.drawn.get(id).element.remove();
    this.drawn.delete(id);
    for (const path of this.run.nodes.keys()) if (path.startsWith(`${this.path}/${id}/`)) this.run.nodes.delete(path);
  }

  add() {
    const id = newId();
    const { form, state } = this.run;
    const first = { [`${this.path}/${id}`]: true, ...defaultsOf(form, this.item.items, state.answers, this.run.context(), id) };
    for (const [path, value] of Object.entries(first)) this.run.put(path, value);
    this.show();
    this.run.settle();
    this.drawn.get(id).children.find((child) => child.shown)?.focus();
  }

  remove(id) {
    const row = `${this.path}/${id}`;
    const { answers } = this.run.state;
    const gone = Object.entries(answers).filter(([key]) => key === row || key.startsWith(`${row}/`));
    const n = this.ids().indexOf(id) + 1;
    for (const [key] of gone) this.run.put(key, undefined);
    this.show();
    const undo = button(t("form.undo"), () => this.restore(gone));
    fill(this.notice, h("div.notice.warn", null, t("form.removed", { n }), " ", undo));
    undo.focus();
  }

  restore(gone) {
    for (const [key, value] of gone) this.run.put(key, value);
    fill(this.notice);
    this.show();
    this.more.focus();
  }

  focus() {
    this.more.focus({ preventScroll: true });
  }

  touch() {}
}
