// How a dossier is closed and signed: closures with what failed, what is to be made good, three signatures. Read only.

import { h } from "../../lib/html.js";
import { sha256 } from "../../lib/ids.js";
import { pick, t } from "../../lib/language.js";
import { canon } from "../../lib/merge.js";
import { cell, cells, choicesOf, fieldOf, notice, today, valueOf, when } from "../show.js";
import "./words.js";

const newest = (one, other) => (one.id < other.id ? 1 : -1);

/** Show closures, rectifications and signatures of a dossier. */
export async function show(app, id) {
  const site = await app.core.view(id);
  if (!site) return { title: t("closing"), body: h("p.empty", null, t("site.gone")), back: "#/sites", tab: "sites" };
  const [closures, works, signed, now] = await Promise.all([...["closure", "rectification", "dossier_signature"].map((noun) => app.core.list(noun, id)), fingerprint(app, site.base)]);
  const body = [
    app.towns.includes(site.body.town_code) ? null : notice("warn", t("closing.elsewhere")),
    cells(t("closing.closures"), [...closures.sort(newest).map((it) => closure(app, it)), watched(app, site.body)]),
    cells(t("closing.works"), works.sort(newest).map((it) => work(app, it))),
    cells(t("closing.signed"), Object.entries(choicesOf(app, fieldOf(app, "dossier_signature", "role"))).map(([role, label]) => signature(pick(label), signed.sort(newest).find(({ body: it }) => it.role === role), now))),
  ];
  return { title: t("closing"), body: h("div", null, body), back: `#/site/${id}`, tab: "sites" };
}

/** Return the SHA-256 of what is signed of a dossier, as the county reckons it. */
async function fingerprint({ signed }, body) {
  const part = Object.entries(body).filter(([path]) => signed.includes(path.split("/")[0]));
  return sha256(new TextEncoder().encode(canon(Object.fromEntries(part))));
}

function closure(app, { body }) {
  const failed = Object.keys(body).filter((path) => /^items\/[^/]+\/result$/.test(path) && body[path] === "fail").map((path) => path.slice(0, -7));
  const said = failed.map((row) => [pick([body[`${row}/label_zh`], body[`${row}/label_en`]]), body[`${row}/remark`]].filter(Boolean).join(t("closing.colon")));
  const about = ["closure_doc_no", "closure_date", "executed_on"].filter((path) => body[path]).map((path) => body[path]);
  const tag = body.conclusion ? [valueOf(app, "closure", "conclusion", body.conclusion), body.conclusion === "pass" ? "good" : "danger"] : [t("closing.running"), "warn"];
  return cell(t("closing.round", { n: (body.round || 0) + 1 }), { tag, value: body.accepted_at, sub: [about.join(" · "), ...said.map((it) => t("closing.failed", { it }))].filter(Boolean).map((it) => h("span.line", null, it)) });
}

/** The period in which a closed site is watched, before it may be written off. */
function watched(app, { accepted_at: on, lifecycle_status: status }) {
  if (!on || !["accepted", "monitoring", "writeoff_requested"].includes(status)) return null;
  const until = `${Number(on.slice(0, 4)) + app.limits.WRITEOFF_YEARS}${on.slice(4)}`.replace("02-29", "03-01");
  return cell(t("closing.watch"), { value: until });
}

function work(app, { body }) {
  const due = body.extended_to || body.due_on;
  const late = body.status === "open" && due && due < today();
  const tag = [late ? t("closing.late") : valueOf(app, "rectification", "status", body.status), late ? "danger" : body.status === "closed" ? "good" : "warn"];
  const sub = [valueOf(app, "rectification", "fault", body.fault), body.requirement, body.owner_unit].filter((it) => it && it !== "—").join(" · ");
  return cell(body.description, { tag, sub, value: due ? t("closing.due", { day: due }) : null });
}

function signature(label, signed, now) {
  if (!signed) return cell(label, { value: t("closing.unsigned") });
  const { body } = signed;
  const version = t("closing.version", { n: body.revision.split("-")[0] });
  return cell(label, { value: body.name || "—", sub: `${version} · ${when(body.signed_at)}`, tag: body.sha256 === now ? [t("closing.stands"), "good"] : [t("closing.stale"), "danger"] });
}
