// Sign-in: whoever works with this phone. What others left here stays theirs.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { signIn } from "../session.js";
import { notice } from "../show.js";
import "./words.js";

/** Show the page; after a sign-in the work goes on where it was. */
export async function show(app) {
  const found = h("div", { "aria-live": "polite" });
  const login = h("input.field", { id: "login", autocomplete: "username", autocapitalize: "off", required: true, value: app.person?.login || "" });
  const password = h("input.field", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const button = h("button.button.primary.big", { type: "submit" }, t("signin"));
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    await enter(app, login.value.trim(), password.value, found);
    button.disabled = false;
  };
  const form = h("form.part", { onsubmit: submit },
    app.locked ? notice("warn", t("locked", { n: app.limits.PHONE_LOCK_DAYS })) : null,
    h("div.question", null, h("label.label", { for: "login" }, t("login")), login),
    h("div.question", null, h("label.label", { for: "password" }, t("password")), password), h("div.question", null, button), found);
  return { title: t("signin"), bare: true, keeps: true, body: form };
}

async function enter(app, login, password, found) {
  try {
    const person = await signIn(app.deviceStore, login, password);
    await app.enter(person);
    app.go("#/today", true);
  } catch (error) {
    const problem = error.problem;
    if (error.name === "device-revoked") await app.sync?.revoked(problem.erase);
    found.replaceChildren(notice("danger", problem?.detail || problem?.title || t("no.network")));
  }
}
