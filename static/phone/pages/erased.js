// The end of a phone's service.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { notice } from "../show.js";
import "./words.js";

/** Say that the county ended this phone's service and that nothing is left on it. */
export async function show(app) {
  app.erasedOnce = true;
  return { title: t("erased"), bare: true, body: [notice("danger", t("erased.text")), h("a.button.big", { href: "/phone.html" }, t("enrol"))] };
}
