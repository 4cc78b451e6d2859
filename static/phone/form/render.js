// The form: one evaluation after each change, and the questions that it concerns.

import { evaluate } from "../../lib/expr.js";
import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { Group } from "./group.js";

// Where fields of the record are filled in by a question of another name.
const ASKED_AT = { lon: "position", lat: "position", accuracy_m: "position", fix_time: "position" };

/** Draw a compiled form over `state`, which is the caller's; the hooks supply what is not the form's own. */
export function renderForm(form, state, hooks) {
  const run = new Run(form, state, hooks);
  return {
    element: run.element,
    validate: () => run.validate(),
    focus: (path) => run.focus(path),
    refresh: () => run.refresh(),
  };
}

class Run {
  constructor(form, state, hooks) {
    Object.assign(this, { form, state, hooks, nodes: new Map(), checked: false, serial: 0 });
    this.evaluate();
    this.parts = parts(this, form.items);
    this.element = h("div.form", { onfocusout: (event) => this.touch(event.target) }, this.parts.map((part) => part.element));
    this.update();
  }

  evaluate() {
    this.result = evaluate(this.form, this.state.answers, this.context());
    this.hidden = new Set(this.result.hidden);
    this.problems = new Map(this.result.problems.map((problem) => [problem.path, problem]));
  }

  context() {
    const { now, counts } = this.state.context;
    return { now: now(), counts };
  }

  /** Set an answer (undefined: take it away) and tell the caller; what hangs on it follows when the event is over. */
  put(path, value, later = false) {
    if (value === undefined) delete this.state.answers[path];
    else this.state.answers[path] = value;
    this.hooks.changed(path);
    if (!later) this.soon();
  }

  soon() {
    if (this.pending) return;
    this.pending = true;
    queueMicrotask(() => {
      this.pending = false;
      this.settle();
    });
  }

  /** Evaluate anew and show what follows from it. */
  settle() {
    this.evaluate();
    this.update();
  }

  update() {
    for (const part of this.parts) part.update(false);
  }

  refresh() {
    for (const node of [...this.nodes.values()]) node.show();
    this.settle();
  }

  validate() {
    this.checked = true;
    this.settle();
    return this.result.problems;
  }

  touch(target) {
    this.nodes.get(target.closest("[data-path]")?.dataset.path)?.touch();
  }

  isLocked(path) {
    return Boolean(above(this.state.locked, path));
  }

  /** Return what the reviewer said of a question. */
  mark(path) {
    const text = this.state.marks?.[path];
    return text && h("div.notice.danger", null, t("form.review", { text }));
  }

  focus(path) {
    const asked = path.startsWith("could_not/") ? path.slice(10).replaceAll("__", "/") : path;
    const node = this.nodes.get(above(this.nodes, ASKED_AT[asked] || asked));
    if (!node) return false;
    node.element.scrollIntoView({ block: "center" });
    node.focus();
    node.element.classList.add("found");
    setTimeout(() => node.element.classList.remove("found"), 2500);
    return true;
  }
}

// Return the path, or the nearest of those it is a part of, that a map or set of paths has.
function above(paths, path) {
  let at = path;
  while (at && !paths?.has(at)) at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
  return at;
}

// Questions outside of any group share a part without a heading.
function parts(run, items) {
  const sorted = [];
  for (const item of items) {
    if (item.kind === "group") sorted.push(item);
    else if (sorted.at(-1)?.loose) sorted.at(-1).items.push(item);
    else sorted.push({ loose: true, items: [item] });
  }
  return sorted.map((item) => new Group(run, item, "", true));
}

