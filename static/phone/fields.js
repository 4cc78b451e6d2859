// Fields of a record as a form: the same renderer for a dossier's fields as for the county's own forms.

import { choicesOf, fieldOf, unitOf } from "./show.js";

const KINDS = { text: "text", number: "decimal", integer: "integer", date: "date", time: "datetime", choice: "select_one", boolean: "select_one", marker: "select_multiple" };
const LONG = 60;
const POSITION = { kind: "geopoint", name: "position", path: "position", labels: ["位置", "Position"] };

/** Return a compiled form of these fields of a noun; `needed` must be answered. */
export function formOf(app, noun, paths, needed = []) {
  const choices = {};
  const items = paths.map((path) => (path === "position" ? { ...POSITION, required: needed.includes(path) || undefined } : item(app, noun, path, needed, choices)));
  return { name: noun, version: 0, noun, titles: app.nouns[noun].labels, items, choices };
}

function item(app, noun, path, needed, choices) {
  const field = fieldOf(app, noun, path) || fieldOf(app, noun, `${path}/x`);
  const kind = KINDS[field.kind] || "text";
  const made = { kind, name: path.replaceAll("/", "_"), path, labels: labels(field), required: needed.includes(path) || undefined };
  if (kind.startsWith("select")) {
    choices[path] = field.kind === "boolean" ? [{ name: "true", labels: ["是", "Yes"] }, { name: "false", labels: ["否", "No"] }] : listed(app, field);
    made.choices = path;
  }
  if (kind === "text" && (field.most || 0) > LONG) Object.assign(made, { appearance: "multiline", most: field.most });
  return made;
}

function labels({ labels: [zh, en], unit }) {
  return unit ? [`${zh}(${unit})`, `${en} (${unitOf(unit)})`] : [zh, en];
}

function listed(app, field) {
  return Object.entries(choicesOf(app, field)).map(([name, pair]) => ({ name, labels: pair }));
}

/** Return a record's values as this form's answers. */
export function answersOf(app, noun, paths, body) {
  const own = Object.entries(body).filter(([path]) => paths.includes(path) || paths.includes(path.split("/")[0]) || (paths.includes("position") && ["lon", "lat", "accuracy_m"].includes(path)));
  return Object.fromEntries(own.map(([path, value]) => [path, fieldOf(app, noun, path)?.kind === "boolean" ? String(value) : value]));
}

/** Return answers as a record's values; what was there and is no more is null. */
export function valuesOf(app, noun, answers, before = {}) {
  const values = Object.fromEntries(Object.keys(before).filter((path) => !(path in answers)).map((path) => [path, null]));
  for (const [path, value] of Object.entries(answers)) {
    if (path === "fix_time") continue;
    values[path] = fieldOf(app, noun, path)?.kind === "boolean" ? value === "true" : value;
  }
  return values;
}
