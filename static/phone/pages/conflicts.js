// Values that did not win yet: what stands, what was offered, by whom, and who decides.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { askReason } from "../form/sheet.js";
import { cell, cells, labelOf, notice, valueOf, when } from "../show.js";
import "./words.js";

/** Show open conflicts and proposals of the own townships, and those that were decided lately. */
export async function show(app) {
  const conflicts = await app.core.list("conflict");
  const open = conflicts.filter(({ body }) => body.status !== "resolved");
  const done = conflicts.filter(({ body }) => body.status === "resolved" && isMine(app, body));
  const body = [
    open.length ? null : h("p.empty", null, t("conflicts.none")),
    await Promise.all(open.map((it) => one(app, it))),
    await Promise.all(done.slice(-20).reverse().map((it) => settled(app, it))),
  ];
  return { title: t("conflicts"), body: h("div", null, body), back: "#/today", tab: "today" };
}

function candidates(body) {
  const ids = Object.keys(body).filter((path) => /^candidates\/[^/]+$/.test(path) && body[path] === true);
  return ids.map((path) => ({ op: path.slice(11), value: body[`${path}/value`], by: body[`${path}/by`], side: body[`${path}/side`], at: body[`${path}/at`] }));
}

function isMine(app, body) {
  return candidates(body).some(({ by }) => by === app.person.id);
}

async function one(app, conflict) {
  const { body } = conflict;
  const record = await app.core.view(body.record_id);
  const title = `${record?.body.name || ""} ${body.path === "$void" ? t("conflict.void") : labelOf(app, body.record_type, body.path)}`;
  const value = (it) => valueOf(app, body.record_type, body.path, it);
  const offered = candidates(body);
  const settle = mayResolve(app, body, offered) ? (choose) => askReason(t("conflict.choose"), "conflict.reasons", (reason) => resolve(app, conflict, choose, reason)) : null;
  return [
    cells(`${title} · ${t(`conflict.${body.status}`)}`, [
      cell(t("conflict.stands"), { value: value(body.current), to: settle && (() => settle("current")) }),
      ...offered.map((it) => cell(who(app, it), { sub: when(it.at), value: value(it.value), to: settle && (() => settle(it.op)) })),
    ]),
    notice("", t(settle ? "conflict.yours" : body.status === "proposed" ? "conflict.wait.proposed" : "conflict.wait")),
  ];
}

function who(app, { by, side }) {
  if (by === app.person.id) return t("me");
  return t(side === "county" ? "side.county" : "side.township");
}

/** A township's manager decides where every candidate is the township's. */
function mayResolve(app, body, offered) {
  return body.status === "open" && app.person.roles?.includes("manager") && offered.every(({ side }) => side === "township");
}

async function resolve(app, { id, rev }, choose, reason) {
  await app.core.make([{ action: "conflict.resolve", id, base: rev, choose, reason }]);
  await app.saved();
}

async function settled(app, { body }) {
  const record = await app.core.view(body.record_id);
  const won = candidates(body).find(({ by, value }) => by === app.person.id && JSON.stringify(value) === JSON.stringify(record?.body[body.path]));
  const title = `${record?.body.name || ""} ${labelOf(app, body.record_type, body.path)}`;
  return cells(title, [cell(t(won ? "conflict.won" : "conflict.lost"), { value: valueOf(app, body.record_type, body.path, record?.body[body.path]), sub: body.reason })]);
}
