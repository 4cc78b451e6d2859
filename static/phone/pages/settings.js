// Settings: how it looks, what it keeps, who works with it.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { openSheet } from "../form/sheet.js";
import { persist, storage } from "../platform.js";
import { signOut } from "../session.js";
import { cell, cells, notice, size, when } from "../show.js";
import "./words.js";

/** Show the settings. */
export async function show(app) {
  const { usage, quota } = await storage();
  const { person, settings } = app;
  const body = h("div", null,
    cells(t("person"), [cell(person.name, { sub: person.login, value: t("contact.last", { at: when(person.contact) }) }), cell(t("signout"), { to: () => leave(app) })]),
    choice(app, "size", ["normal", "large", "huge"], settings.size),
    choice(app, "theme", ["light", "dark", "sun"], settings.theme),
    choice(app, "language", ["zh", "en"], settings.language),
    choice(app, "upload", ["always", "wifi"], settings.upload || "always"),
    cells(t("storage"), [
      cell(t("storage.used"), { value: quota ? `${size(usage)} / ${size(quota)}` : "—" }),
      cell(t("storage.persist"), { to: async () => app.notify(t((await persist()) ? "storage.kept" : "storage.asked")) }),
    ]),
    cells(t("more"), [cell(t("track"), { to: "#/track" }), cell(t("conflicts"), { to: "#/conflicts" }), cell(t("check"), { to: "#/check" }), cell(t("version"), { value: app.version })]),
    notice("", t("device.is", { name: app.device?.name || "" })));
  return { title: t("settings"), body };
}

function choice(app, name, values, current) {
  const option = (value) => h("label.choice", null, h("input", { type: "radio", name, checked: value === current, onchange: () => app.set({ [name]: value }) }), h("span", null, t(`${name}.${value}`)));
  return h("div.part", null, h("div.question", null, h("span.label", null, t(name)), h("div.choices", { role: "radiogroup", "aria-label": t(name) }, values.map(option))));
}

function leave(app) {
  const waiting = app.waiting.ops + app.waiting.files;
  openSheet(t("signout"), (close) => [
    h("p", null, t(waiting ? "signout.waiting" : "signout.text", { n: waiting })),
    h("button.button.primary.big", { type: "button", onclick: () => (close(), go(app)) }, t("signout")),
  ]);
}

async function go(app) {
  await signOut(app.deviceStore);
  app.person = null;
  app.go("#/signin", true);
}
