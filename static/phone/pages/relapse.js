// 复燃 in one tap: saved at once, told to the county at the next signal; and whom to call now.

import { h } from "../../lib/html.js";
import { pick, t } from "../../lib/language.js";
import { calls, cell, cells, notice } from "../show.js";
import "./words.js";

/** Note the relapse that was tapped (once), and say whom to call; `active`: a site was found at work. */
export async function show(app, id, why = "") {
  const site = await app.core.view(id);
  if (!why) {
    await ask(app, site);
    return app.go(`#/relapse/${id}/told`, true);
  }
  const { CONTACTS, COUNTY_DUTY_PHONE } = app.limits;
  const contacts = [{ label: t("duty"), number: COUNTY_DUTY_PHONE }, ...CONTACTS.map(([zh, en, number]) => ({ label: pick([zh, en]), number }))];
  const body = [
    notice("danger", t(why === "active" ? "active.saved" : "relapse.saved", { name: site?.body.name || "" })),
    h("div.alarm", null, t("relapse.call"), calls(contacts)),
    cells(t("relapse.safety"), [cell(t("relapse.safety.text"))]),
    h("div.buttons.foot", null, why === "told" ? h("a.button.primary.big", { href: `#/start/${id}` }, t("inspect")) : null, h("a.button.big", { href: "#/today" }, t("done"))),
  ];
  return { title: t("relapse"), body, back: `#/site/${id}`, tab: "today" };
}

async function ask(app, site) {
  const asked = (await app.core.list("request", site.id)).some(({ body, ops }) => body.to === "relapsed" && (ops.length || body.status === "pending"));
  if (asked) return;
  const fix = app.place.latest();
  await app.core.make([{
    action: "request.make", id: app.core.makeId(), parent: site.id,
    set: { target: site.id, to: "relapsed", occurred_at: new Date().toISOString(), reason: fix ? `${fix.lat}, ${fix.lon} ±${Math.round(fix.accuracy)} m` : t("relapse.reason") },
  }]);
  await app.saved();
}
