// The twin of fieldsync/forms/evaluate.py; tests/vectors/form_vectors.json and a random comparison hold them together.

import { dayText, formatted, isSame, isText, number, point, READERS, stored, text, truth, worth, zoneOf } from "./values.js";

const POSITION = ["lon", "lat", "accuracy_m", "fix_time"];
const MESSAGES = {
  required: ["此项必填", "An answer is required"],
  constraint: ["内容不符合要求", "The answer is not acceptable"],
  type: ["内容类型不对", "The answer has the wrong type"],
  choice: ["没有这个选项", "There is no such choice"],
  "too-long": ["内容过多", "The answer is too long"],
};
const SILENT = ["group", "repeat", "note", "calculate"];

// Functions: (run, row, ...trees) with the trees not yet reckoned, or (run, ...values) with the values.

const OWN = {
  ref: (run, row, path) => run.value(run.plan.byPath.get(path), row),
  all: (run, row, path) => run.rowsOf(path).map((each) => run.value(run.plan.byPath.get(path), each)),
  rows: (run, row, path) => run.rowsOf(path),
  position: (run, row, path) => run.rowsOf(path).indexOf(row) + 1,
  self: (run) => run.own,
  col: (run, row, name) => (name === "name" ? run.choice.name : text(run.choice.more?.[name] ?? "")),
  "jr:choice-name": (run, row, value, list) => run.choiceLabels(list, text(run.reckon(value, row))),
  today: (run) => run.now.slice(0, 10),
  now: (run) => run.now,
  and: (run, row, ...trees) => trees.every((tree) => truth(run.reckon(tree, row))),
  or: (run, row, ...trees) => trees.some((tree) => truth(run.reckon(tree, row))),
  if: (run, row, condition, yes, no) => run.reckon(truth(run.reckon(condition, row)) ? yes : no, row),
  coalesce(run, row, ...trees) {
    for (const tree of trees) {
      const value = run.reckon(tree, row);
      if (Array.isArray(value) ? value.length : value !== "") return value;
    }
    return "";
  },
  once: (run, row, tree) => (run.before === "" ? run.reckon(tree, row) : run.before),
  regex(run, row, tree, pattern) {
    const value = text(run.reckon(tree, row));
    return [...value].length <= 200 && new RegExp(`^(?:${pattern})$`, "u").test(value);
  },
  "format-date": (run, row, tree, pattern) => formatted(number(run.reckon(tree, row), run.offset), pattern),
};

const add = (one, other) => one + other;
const less = (one, other) => one < other;
const more = (one, other) => one > other;
const numbers = (job) => (run, ...values) => job(...values.map((value) => number(value, run.offset)));
const filled = (run, values) => values.flat().filter((value) => value !== "").map((value) => number(value, run.offset));
const words = (value) => text(value).split(/[ \t\r\n]+/).filter(Boolean);

function equal(run, one, other) {
  const has = (type) => typeof one === type || typeof other === type;
  if (has("boolean")) return truth(one) === truth(other);
  return has("number") ? number(one, run.offset) === number(other, run.offset) : text(one) === text(other);
}

function power(base, exponent) {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 64) return NaN;
  let result = 1;
  for (let i = 0; i < Math.abs(exponent); i++) result *= base;
  return exponent < 0 ? 1 / result : result;
}

function round(value, places = 0) {
  if (!Number.isFinite(value) || !(places >= 0 && places <= 7)) return isSame(places) ? value : NaN;
  const scale = 10 ** Math.trunc(places);
  const scaled = value * scale + 0.5;
  return Number.isFinite(scaled) ? Math.floor(scaled) / scale : value;
}

function extreme(isBetter) {
  return (run, ...values) => {
    let best = NaN;
    for (const value of filled(run, values)) {
      if (!isSame(value)) return NaN;
      if (!isSame(best) || isBetter(value, best)) best = value;
    }
    return best;
  };
}

function place(at, size) {
  if (!isSame(at)) return 0;
  const whole = Math.trunc(Math.max(-size - 1, Math.min(at, size + 1)));
  return whole < 0 ? Math.max(0, size + whole) : whole;
}

const PLAIN = {
  "=": equal,
  "!=": (run, one, other) => !equal(run, one, other),
  "<": numbers(less),
  "<=": numbers((one, other) => one <= other),
  ">": numbers(more),
  ">=": numbers((one, other) => one >= other),
  "+": numbers((...all) => all.reduce(add)),
  "-": numbers((one, other) => one - other),
  "*": numbers((one, other) => one * other),
  div: numbers((one, other) => one / other),
  mod: numbers((one, other) => one % other),
  pow: numbers(power),
  neg: numbers((value) => -value),
  abs: numbers(Math.abs),
  int: numbers(Math.trunc),
  round: numbers(round),
  number: numbers((value) => value),
  date: numbers(dayText),
  not: (run, value) => !truth(value),
  boolean: (run, value) => truth(value),
  string: (run, value) => text(value),
  sum: (run, ...values) => filled(run, values).reduce(add, 0),
  min: extreme(less),
  max: extreme(more),
  count: (run, values) => values.length,
  "count-non-empty": (run, values) => [values].flat().filter((value) => value !== "").length,
  concat: (run, ...values) => values.flat().map(text).join(""),
  join: (run, between, ...values) => values.flat().map(text).join(text(between)),
  selected: (run, value, word) => words(value).includes(text(word)),
  "selected-at": (run, value, at) => words(value)[number(at, run.offset)] ?? "",
  "count-selected": (run, value) => words(value).length,
  "string-length": (run, value) => [...text(value)].length,
  substr(run, value, start, end = Infinity) {
    const letters = [...text(value)];
    const cut = (at) => place(number(at, run.offset), letters.length);
    return letters.slice(cut(start), cut(end)).join("");
  },
  contains: (run, value, piece) => text(value).includes(text(piece)),
  "starts-with": (run, value, piece) => text(value).startsWith(text(piece)),
  "ends-with": (run, value, piece) => text(value).endsWith(text(piece)),
  "normalize-space": (run, value) => words(value).join(" "),
};

// Plans: a form made ready, once.

const plans = new WeakMap();

function planOf(form) {
  let plan = plans.get(form);
  if (plan) return plan;
  const nodes = [];
  const add = (item, parent, repeat) => {
    const path = item.path ?? (repeat ? `${repeat}/*/${item.name}` : item.name);
    const node = { item, parent, repeat, path, kind: item.kind };
    nodes.push(node);
    node.inside = (item.items ?? []).map((inner) => add(inner, node, item.kind === "repeat" ? path : repeat));
    return node;
  };
  const tops = form.items.map((item) => add(item, null, ""));
  const labels = Object.entries(form.choices ?? {}).map(([name, list]) => [
    name,
    new Map(list.map((choice) => [choice.name, choice.labels])),
  ]);
  plan = {
    form,
    tops,
    nodes: form.order ? form.order.map((at) => nodes[at]) : nodes,
    byPath: new Map(nodes.filter((node) => node.kind !== "group").map((node) => [node.path, node])),
    asked: nodes.filter((node) => !SILENT.includes(node.kind)),
    labels: new Map(labels),
  };
  plans.set(form, plan);
  return plan;
}

// A run: one evaluation with what it found out so far.

class Run {
  constructor(form, answers, context = {}) {
    this.plan = planOf(form);
    this.answers = new Map(Object.entries(answers));
    this.now = context.now ?? "";
    this.offset = zoneOf(this.now);
    this.counts = context.counts && new Map(Object.entries(context.counts));
    this.own = this.before = "";
    this.choice = {};
    this.language = 0;
    this.values = new Map();
    this.relevant = new Map();
    this.markers = new Map();
    for (const [path, value] of this.answers) {
      const at = path.lastIndexOf("/");
      if (value !== true || at < 0) continue;
      const parent = path.slice(0, at);
      if (!this.markers.has(parent)) this.markers.set(parent, []);
      this.markers.get(parent).push(path.slice(at + 1));
    }
  }

  ticked(path) {
    return this.markers.get(path) ?? [];
  }

  reckon(tree, row) {
    if (!Array.isArray(tree)) return tree;
    const [name, ...given] = tree;
    if (Object.hasOwn(OWN, name)) return OWN[name](this, row, ...given);
    return PLAIN[name](this, ...given.map((each) => this.reckon(each, row)));
  }

  rowsOf(path) {
    const repeat = path.split("/*/")[0];
    return this.isRelevant(this.plan.byPath.get(repeat), "") ? [...this.ticked(repeat)].sort() : [];
  }

  choiceLabels(list, names) {
    const known = this.plan.labels.get(list);
    const found = names.split(" ").map((name) => known.get(name)?.[this.language] ?? name);
    return found.join(["、", ", "][this.language]);
  }

  isRelevant(node, row) {
    const key = `${node.path} ${row}`;
    let known = this.relevant.get(key);
    if (known === undefined) {
      known =
        (!node.parent || this.isRelevant(node.parent, node.parent.repeat ? row : "")) &&
        (!("relevant" in node.item) || truth(this.aside(node.item.relevant, row, "")));
      this.relevant.set(key, known);
    }
    return known;
  }

  value(node, row) {
    const key = `${node.path} ${row}`;
    if (!this.values.has(key)) this.values.set(key, this.isRelevant(node, row) ? this.find(node, row) : "");
    return this.values.get(key);
  }

  find(node, row) {
    const path = node.path.replace("*", row);
    if (!("calculation" in node.item)) return this.given(node, path)[0];
    return worth(stored(this.aside(node.item.calculation, row, worth(this.answers.get(path)))));
  }

  // What an expression gives for itself, whatever is being reckoned or printed around it.
  aside(tree, row, before) {
    const kept = { before: this.before, language: this.language };
    Object.assign(this, { before, language: 0 });
    const value = this.reckon(tree, row);
    Object.assign(this, kept);
    return value;
  }

  given({ kind, item }, path) {
    if (kind === "select_multiple") {
      const ticked = this.ticked(path);
      const known = this.plan.labels.get(item.choices);
      const strange = ticked.filter((name) => !known.has(name)).sort();
      const found = [...[...known.keys()].filter((name) => ticked.includes(name)), ...strange];
      return [found.join(" "), !this.answers.has(path)];
    }
    if (kind === "image") return [this.counts ? this.counts.get(path) ?? 0 : "", true];
    if (kind === "signature") return [this.ticked(path).length, true];
    const answer = (name) => this.answers.get(name);
    if (path === "position" && kind === "geopoint") return point(answer("lat"), answer("lon"), answer("accuracy_m"));
    const raw = answer(path);
    return raw === undefined || raw === null || raw === "" ? ["", true] : READERS[kind](raw);
  }

  choices({ item }, row) {
    const list = this.plan.form.choices[item.choices];
    if (!("filter" in item)) return list;
    return list.filter((choice) => {
      this.choice = choice;
      return truth(this.reckon(item.filter, row));
    });
  }

  printed(labels, row) {
    if (Array.isArray(labels)) return labels;
    const made = labels.parts.map((parts, language) => {
      this.language = language;
      return parts.map((part) => (isText(part) ? part : text(this.reckon(part, row)))).join("");
    });
    this.language = 0;
    return made;
  }

  /** Return every question that somebody answers as [node, row], row by row. */
  questions() {
    const { asked } = this.plan;
    const found = [];
    for (let at = 0, end = 0; at < asked.length; at = end) {
      const { repeat } = asked[at];
      end = at + 1;
      while (repeat && asked[end]?.repeat === repeat) end++;
      for (const row of repeat ? this.rowsOf(repeat) : [""]) {
        for (const node of asked.slice(at, end)) found.push([node, row]);
      }
    }
    return found;
  }

  problem(node, row) {
    const path = node.path.replace("*", row);
    const code = this.isRelevant(node, row) && this.fault(node, row, path);
    if (!code) return [];
    const { requiredMessages, constraintMessages } = node.item;
    const told = { required: requiredMessages, constraint: constraintMessages }[code] ?? MESSAGES[code];
    return [{ path, code, messages: this.printed(told, row) }];
  }

  fault(node, row, path) {
    const { item, kind } = node;
    if (kind === "image" && !this.counts) return "";
    const [value, good] = "calculation" in item ? [this.value(node, row), true] : this.given(node, path);
    if (!good) return "type";
    if (value === "" || (value === 0 && (kind === "image" || kind === "signature"))) {
      const isMissing = "required" in item && truth(this.reckon(item.required, row));
      return isMissing && !this.answers.get(`could_not/${path.replaceAll("/", "__")}`) ? "required" : "";
    }
    if ("choices" in item && !this.isOffered(node, row, value)) return "choice";
    if ((isText(value) ? [...value].length : value) > item.most) return "too-long";
    this.own = value;
    return "constraint" in item && !truth(this.reckon(item.constraint, row)) ? "constraint" : "";
  }

  isOffered(node, row, value) {
    const offered = new Set(this.choices(node, row).map((choice) => choice.name));
    return (node.kind === "select_multiple" ? value.split(" ") : [value]).every((name) => offered.has(name));
  }
}

/** Return {answers, hidden, problems} of answers under a compiled form; context: {now, counts?}. */
export function evaluate(form, answers, context) {
  const run = new Run(form, answers, context);
  const { tops } = run.plan;
  const hidden = [];
  const dropped = new Set();
  const reckoned = new Map();
  const walk = (node, row) => {
    const path = node.path.replace("*", row);
    if (!run.isRelevant(node, row)) {
      hidden.push(path);
      if (node.kind !== "group") [path, ...(path === "position" ? POSITION : [])].forEach((each) => dropped.add(each));
    } else if ("calculation" in node.item) reckoned.set(path, stored(run.value(node, row)));
    for (const each of node.kind === "repeat" ? run.rowsOf(path) : [row]) {
      for (const inner of node.inside) walk(inner, each);
    }
  };
  for (const node of tops) walk(node, "");
  const isDropped = (path) => {
    let at = path.startsWith("could_not/") ? path.slice(10).replaceAll("__", "/") : path;
    while (at && !dropped.has(at)) at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
    return Boolean(at);
  };
  const kept = [...run.answers].filter(([path]) => !reckoned.has(path) && !isDropped(path));
  const made = [...reckoned].filter(([, value]) => value !== null);
  const problems = run.questions().flatMap(([node, row]) => run.problem(node, row));
  return { answers: Object.fromEntries([...kept, ...made]), hidden, problems };
}

/** Return the choices of `item` that its filter lets through; `row` is the id of the repeat's row, or "". */
export function choicesOf(form, item, answers, row = "", context = {}) {
  const run = new Run(form, answers, context);
  return run.choices(run.plan.byPath.get(item.path), row);
}

/** Return labels, hints or messages as [zh, en] with their references printed. */
export function labelOf(form, labels, answers, row = "", context = {}) {
  return Array.isArray(labels) ? labels : new Run(form, answers, context).printed(labels, row);
}

/** Return the value of one expression, such as a dynamic default; null for nothing. */
export function valueOf(form, tree, answers, row = "", context = {}) {
  return stored(new Run(form, answers, context).reckon(tree, row));
}
