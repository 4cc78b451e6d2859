// Enrolment: a code from the county, a name, and proof that this phone can do the work.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { enrol } from "../session.js";
import { notice } from "../show.js";
import { isInsideChat } from "../platform.js";
import { checks, table } from "./check.js";
import "./words.js";

/** Show the page of a phone that the county does not know yet. */
export async function show(app) {
  const given = location.hash.match(/enrol=([\w-]+)/)?.[1] || "";
  if (app.device) return { title: t("enrol"), bare: true, body: [notice("", t("enrol.already")), h("a.button.primary.big", { href: "#/signin" }, t("signin"))] };
  if (isInsideChat()) return { title: t("enrol"), bare: true, body: notice("danger", t("enrol.chat")) };
  const found = h("div", { "aria-live": "polite" });
  const code = h("input.field", { id: "code", name: "code", autocomplete: "off", autocapitalize: "off", value: given, required: true });
  const name = h("input.field", { id: "name", name: "name", maxlength: 40, value: t("enrol.name.default") });
  const button = h("button.button.primary.big", { type: "submit" }, t("enrol.do"));
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const results = await checks(app);
    found.replaceChildren(table(results));
    if (results.some((result) => result.needed && !result.ok)) found.append(notice("danger", t("enrol.unfit")));
    else await register(app, code.value.trim(), name.value.trim(), found);
    button.disabled = false;
  };
  const form = h("form.part", { onsubmit: submit },
    h("div.question", null, h("label.label", { for: "code" }, t("enrol.code")), code, h("p.hint", null, t("enrol.hint"))),
    h("div.question", null, h("label.label", { for: "name" }, t("enrol.name")), name), h("div.question", null, button), found);
  return { title: t("enrol"), bare: true, keeps: true, body: form };
}

async function register(app, code, name, found) {
  try {
    const id = await enrol(app.deviceStore, code, name, `pwa/${app.version}`);
    app.device = { id, name };
    app.go("#/signin", true);
  } catch (error) {
    found.append(notice("danger", error.problem?.detail || error.problem?.title || t("no.network")));
  }
}
