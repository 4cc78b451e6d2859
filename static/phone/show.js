// How values look on a screen, by what the catalogue says of their fields.

import { h } from "../lib/html.js";
import { language, pick, t } from "../lib/language.js";

const UNITS = { 人: "people", 天: "days", 台: "pieces" };
const ZONE = { timeZone: "Asia/Shanghai" };

/** Return the declared field of a path, or undefined. */
export function fieldOf(app, noun, path) {
  const fields = app.nouns[noun].fields;
  const parts = path.split("/");
  const row = [parts[0], "*", ...parts.slice(2)].join("/");
  return fields[path] || (parts.length > 1 ? fields[row] || fields[`${parts[0]}/**`] : undefined);
}

/** Return the label of a path. */
export function labelOf(app, noun, path) {
  const [first, row] = path.split("/");
  const field = fieldOf(app, noun, path);
  if (!field) return path;
  const choice = field.kind === "marker" && choicesOf(app, field)[row];
  return choice ? `${pick(field.labels)}: ${pick(choice)}` : pick(field.labels) || first;
}

/** Return the choices of a field: {name: [zh, en]}. */
export function choicesOf(app, field) {
  return (typeof field.choices === "string" ? app.choices[field.choices] : field.choices) || {};
}

/** Return a value as people read it. */
export function valueOf(app, noun, path, value) {
  if (value === undefined || value === null || value === "") return "—";
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  const field = fieldOf(app, noun, path) || {};
  const choice = choicesOf(app, field)[value];
  if (choice) return pick(choice);
  if (field.kind === "time" || /^\d{4}-\d\d-\d\dT/.test(value)) return when(value);
  if (typeof value === "object") return value.lat ? `${value.lat}, ${value.lon}` : t("several");
  return field.unit ? `${value} ${unitOf(field.unit)}` : String(value);
}

/** Return a unit in the person's language. */
export function unitOf(unit) {
  return language() === "en" ? UNITS[unit] || unit : unit;
}

/** Return day and time at +08:00, shorter for today. */
export function when(at) {
  if (!at) return "—";
  const date = new Date(at);
  const options = { ...ZONE, hour: "2-digit", minute: "2-digit", hour12: false };
  if (today(date) !== today()) Object.assign(options, { month: "numeric", day: "numeric" });
  if (date.getFullYear() !== new Date().getFullYear()) options.year = "numeric";
  return new Intl.DateTimeFormat(language() === "zh" ? "zh-CN" : "en-GB", options).format(date);
}

/** Return the day at +08:00 as YYYY-MM-DD. */
export function today(date = new Date()) {
  return new Intl.DateTimeFormat("sv-SE", ZONE).format(date);
}

/** Return a distance in words. */
export function far(metres) {
  if (metres === undefined || metres === null || !Number.isFinite(metres)) return "";
  return metres < 1000 ? t("metres", { n: Math.round(metres) }) : t("kilometres", { n: (metres / 1000).toFixed(1) });
}

/** Return a size in words. */
export function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Return a cell that leads somewhere (`to` an address, or a function), or only tells something. */
export function cell(title, { sub, value, to, tag } = {}) {
  const content = [
    h("span", null, title, tag ? [" ", h("span.tag", { class: tag[1] }, tag[0])] : null, sub ? h("small", null, sub) : null),
    value ? h("span.value", null, value) : null,
  ];
  if (typeof to === "string") return h("a.cell.arrow", { href: to }, content);
  return to ? h("button.cell.arrow", { type: "button", onclick: to }, content) : h("div.cell", null, content);
}

/** Return titled cells; nothing where there are none. */
export function cells(title, rows) {
  const shown = rows.filter(Boolean);
  return shown.length ? [title ? h("h2.title", null, title) : null, h("div.cells", null, shown)] : null;
}

/** Return a banner. */
export function notice(kind, ...words) {
  return h("div.notice", { class: kind, role: kind === "danger" ? "alert" : "status" }, words);
}

/** Return buttons that call people. */
export function calls(contacts) {
  return contacts.filter(({ number }) => number).map(({ label, number }) => h("a.button.big", { href: `tel:${number}` }, t("call", { label, number })));
}
