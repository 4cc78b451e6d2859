// What the items of a form say: paths, words, first answers, answers in words.

import { choicesOf, labelOf, valueOf } from "../../lib/expr.js";
import { language, pick, t } from "../../lib/language.js";

/** Tell whether there is anything to read in a label. */
export function hasWords(labels) {
  return Boolean(labels && (labels.parts || labels.some(Boolean)));
}

/** Return a label in the person's language, with the answers it speaks of. */
export function wordsOf({ run, row }, labels) {
  return hasWords(labels) ? pick(labelOf(run.form, labels, run.result.answers, row, run.context())) : "";
}

/** Return the choices of a select that fit the answers so far. */
export function choicesFor({ run, item, row }) {
  return item.filter ? choicesOf(run.form, item, run.result.answers, row, run.context()) : listOf(run, item);
}

/** Return all choices of a select. */
export function listOf(run, item) {
  return run.form.choices[item.choices] || [];
}

/** Return what questions begin with as {path: value}: those outside of repeats, or with `row` those of one row. */
export function defaultsOf(form, items, answers, context, row = "") {
  const found = {};
  for (const item of items) {
    const first = item.default;
    const value = first?.calc === undefined ? first : valueOf(form, first.calc, answers, row, context);
    if (item.kind === "group") Object.assign(found, defaultsOf(form, item.items, answers, context, row));
    else if (value !== undefined && value !== null) found[item.path.replace("*", row)] = value;
  }
  return found;
}

/** Return the ids of the rows at a path, as they were made. */
export function rowsAt(answers, path) {
  const own = Object.keys(answers).filter((key) => key.startsWith(`${path}/`));
  return own.map((key) => key.slice(path.length + 1)).filter((id) => !id.includes("/")).sort();
}

/** Return a moment as ISO text in the phone's own time, with its zone. */
export function local(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  const zone = -date.getTimezoneOffset();
  const wall = new Date(date.getTime() + zone * 60000).toISOString().slice(0, 19);
  return `${wall}${zone < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(zone) / 60))}:${two(Math.abs(zone) % 60)}`;
}

/** Return a number with two digits. */
export function two(n) {
  return String(n).padStart(2, "0");
}

/** Return a day (YYYY-MM-DD) in words. */
export function dayInWords(day) {
  const w = t("form.weekdays").split(" ")[new Date(`${day}T00:00Z`).getUTCDay()];
  const [y, m, d] = language() === "zh" ? day.split("-").map(Number) : day.split("-");
  return t("form.day", { y, m, d, w });
}

const WORDS = {
  date: dayInWords,
  datetime: (value) => `${dayInWords(local(value).slice(0, 10))} ${local(value).slice(11, 16)}`,
  acknowledge: () => t("form.yes"),
  geopoint: ({ lat, lon, accuracy: n }) => `${Number(lat).toFixed(5)}，${Number(lon).toFixed(5)}${n ? t("form.within", { n: Math.round(n) }) : ""}`,
  geotrace: ({ coordinates: line }) => t("form.walk", { n: line.length, length: Math.round(length(line)) }),
};

/** Return the answer of a question in words, "" if there is none. */
export function answerInWords(question) {
  const { item, run } = question;
  const answers = question.output ? run.result.answers : run.state.answers;
  if (item.choices) return listOf(run, item).filter(({ name }) => question.has(name, answers)).map(({ labels }) => pick(labels)).join("、");
  const value = question.value(answers);
  return value === undefined ? "" : (WORDS[item.kind] || String)(value);
}

function length(line) {
  return line.slice(1).reduce((sum, point, n) => sum + metres(line[n], point), 0);
}

/** Return the metres between two near points [lon, lat]. */
export function metres([lon, lat], [east, north]) {
  return Math.hypot(north - lat, (east - lon) * Math.cos((lat * Math.PI) / 180)) * 111195;
}
