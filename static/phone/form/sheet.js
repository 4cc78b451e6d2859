// Buttons, and the sheets that rise from below.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import "./words.js";

/** Return a button. */
export function button(words, onclick, kind = "", props = {}) {
  return h("button.button", { type: "button", class: kind, onclick, ...props }, words);
}

/** Return a field that opens a sheet; its words, which `say` sets, are read after the question's own. */
export function opener(q, part, onclick, empty = "form.choose") {
  const words = h("span", { id: `${q.id}-${part}` });
  const named = { ...q.named, "aria-labelledby": `${q.id}-l ${words.id}` };
  const body = h("button.field", { type: "button", "aria-haspopup": "dialog", ...named, onclick }, words);
  return { body, say: (text) => (words.textContent = text || t(empty)) };
}

/** Open a sheet over the page; `build(close)` returns what is in it. */
export function openSheet(title, build) {
  const close = () => sheet.close();
  const sheet = h("dialog.sheet", { "aria-label": title, onclose: () => sheet.remove() });
  sheet.append(
    h("header", null, h("h2", null, title), button(t("form.close"), close, "plain")),
    h("div.body", null, build(close)),
  );
  document.body.append(sheet);
  sheet.showModal();
}

/** Ask for a reason, offering the ready ones of the catalogue's `key`; `done(text)` gets it. */
export function askReason(title, key, done) {
  openSheet(title, (close) => {
    const say = (text) => text && (done(text), close());
    const other = h("input.field", { "aria-label": t("form.other"), placeholder: t("form.other"), maxlength: 200 });
    return [
      h("div.buttons", null, t(key).split("|").map((word) => button(word, () => say(word), "wide"))),
      other,
      button(t("form.sure"), () => say(other.value.trim()), "primary big"),
    ];
  });
}
