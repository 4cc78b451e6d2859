// Text, numbers, and what is only shown.

import { h } from "../../../lib/html.js";
import { t } from "../../../lib/language.js";
import { answerInWords } from "../items.js";

/** One line of text, or several with the appearance `multiline`. */
export function text(q) {
  const many = /multiline/.test(q.item.appearance);
  return typed(q, h(many ? "textarea.field" : "input.field", { rows: many && 4, autocomplete: "off" }), clean);
}

/** A number; what is no number is kept as it was typed. */
export function number(q) {
  const inputmode = q.item.kind === "integer" ? "numeric" : "decimal";
  return typed(q, h("input.field", { inputmode, autocomplete: "off" }), parse);
}

function clean(words) {
  return words.normalize("NFC").trimEnd();
}

// People type full-width digits, a Chinese full stop for the point, and commas between thousands.
function parse(words) {
  const plain = words.normalize("NFKC").trim().replace(/[。｡．]/, ".").replace("−", "-").replace(/,(?=\d{3}(\D|$))/g, "");
  return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : words.trim();
}

function typed(q, control, read) {
  control.setAttribute("aria-describedby", q.named["aria-describedby"]);
  const take = ({ isComposing }) => {
    const value = read(control.value);
    q.put(value === "" ? undefined : value, q.path, isComposing);
  };
  control.addEventListener("input", take);
  // A composed word is stored while it is composed; what follows from it waits for its end.
  control.addEventListener("compositionend", () => q.run.soon());
  return {
    body: control,
    control,
    show: () => {
      const value = q.value();
      if (value !== read(control.value)) control.value = value === undefined ? "" : value;
    },
  };
}

/** An answer that nobody gives here: reckoned, or locked. */
export function answer(q) {
  const body = h("div.quiet");
  return { body, update: () => (body.textContent = answerInWords(q) || "—") };
}

/** Photos, which are the caller's. */
export function image(q) {
  return { body: q.run.hooks.photos(q.item, q.path) };
}

/** Words to read; an alarm tells whom to call. */
export function note(q) {
  if (q.item.appearance !== "alarm") return {};
  q.element.classList.add("alarm");
  const call = ({ label, number: to }) => h("a.button", { href: `tel:${to}` }, t("form.call", { label, number: to }));
  return { body: q.run.hooks.contacts().map(call) };
}
