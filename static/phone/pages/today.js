// Today: who is out, what was sent back, which sites to go to, nearest first. All of it without a network.

import { distance } from "../../lib/geo.js";
import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { cell, cells, far, notice, today, valueOf, when } from "../show.js";

const ENDED = ["completed", "partial", "accepted_excuse", "counted_missed", "cancelled"];
const MOST = 60;

/** Show the day's work. */
export async function show(app) {
  const [tasks, sites, inspections, drafts, conflicts, tracks, out] = await Promise.all([
    app.core.list("patrol_task"), app.core.list("site"), app.core.list("inspection"), app.store.all("drafts"),
    app.core.list("conflict"), app.core.list("patrol_track"), app.track.now(),
  ]);
  const byId = new Map(sites.map((site) => [site.id, site]));
  const mine = inspections.filter(({ body, ops }) => ops.length || body.created_by === app.person.id);
  const due = tasks.filter(({ body }) => !ENDED.includes(body.status) && body.task_date <= today() && isMine(app, body));
  const open = conflicts.filter(({ body }) => body.status !== "resolved");
  const ranked = h("div", { id: "ranked" });
  const rank = (place) => ranked.replaceChildren(...[lists(app, due, byId, inspections, place)].flat(Infinity).filter(Boolean));
  const stop = app.place.watch((fix) => fix && rank(fix));
  rank(app.place.latest());
  const body = h("div", null,
    patrol(app, out, tracks),
    cells(t("returned"), mine.filter(({ body: it }) => it.state === "returned").map((it) => returned(byId, it))),
    cells(t("drafts"), drafts.map((draft) => drafted(byId, draft))),
    open.length ? cells("", [cell(t("conflicts.some", { n: open.length }), { to: "#/conflicts", tag: [t("conflicts.look"), "warn"] })]) : null,
    ranked,
    h("div.buttons.foot", null, h("a.button.wide", { href: "#/newsite" }, t("newsite"))));
  return { title: t("today"), body, leave: stop };
}

function isMine(app, body) {
  const assigned = Object.keys(body).filter((path) => path.startsWith("assignees/"));
  return !assigned.length || body[`assignees/${app.person.id}`] === true;
}

function patrol(app, out, tracks) {
  const late = out && Date.parse(out.expected_return_at) < Date.now();
  const others = tracks.filter(({ body }) => !body.ended_at && body.started_at && body.person && body.person !== app.person.id);
  const overdue = others.filter(({ body }) => Date.parse(body.expected_return_at) < Date.now());
  return [
    overdue.length ? notice("danger", t("out.overdue.others", { n: overdue.length })) : null,
    late ? h("div.alarm", null, t("out.overdue.own"), h("a.button", { href: "#/track" }, t("out.extend"))) : null,
    cells("", [out ? cell(t("out.now"), { sub: t("out.since", { at: when(out.started_at), back: when(out.expected_return_at) }), to: "#/track", tag: [t("out.running"), "good"] })
      : cell(t("out.begin"), { sub: t("out.begin.sub"), to: "#/track" })]),
  ];
}

function returned(byId, { id, body }) {
  return cell(byId.get(body.site_id)?.body.name || body.record_no, { sub: body.review_comment, to: `#/visit/${id}`, tag: [t("returned"), "danger"] });
}

function drafted(byId, draft) {
  return cell(byId.get(draft.site)?.body.name || draft.answers.name || t("newsite"), { sub: t("draft.since", { at: when(draft.touched_at || draft.made) }), to: draft.noun === "site" ? `#/newsite/${draft.id}` : `#/inspect/${draft.id}` });
}

function lists(app, tasks, byId, inspections, place) {
  const planned = tasks.map((task) => [task.body.title || t("task"), sitesOf(task, byId), task]);
  const shown = planned.map(([title, sites, task]) => cells(`${title} · ${task.body.due_on || task.body.task_date}`, ordered(sites, place).map((it) => row(app, it, task, inspections))));
  if (shown.some(Boolean)) return shown;
  const near = ordered([...byId.values()], place).slice(0, MOST);
  return near.length ? cells(t(place ? "nearest" : "sites"), near.map((it) => row(app, it, null, inspections))) : h("p.empty", null, t("nothing"));
}

function sitesOf(task, byId) {
  const ids = Object.keys(task.body).filter((path) => path.startsWith("sites/")).map((path) => path.slice(6));
  return ids.map((id) => byId.get(id)).filter(Boolean);
}

/** Return [site, metres] by distance; without a position by name. */
export function ordered(sites, place) {
  const measured = sites.map((site) => [site, place && site.body.lat ? distance(place, site.body) : undefined]);
  return measured.sort(([one, near], [other, away]) => (near ?? Infinity) - (away ?? Infinity) || one.body.name?.localeCompare(other.body.name || "", "zh") || 0);
}

/** Return the cell of a site. */
export function row(app, [site, metres], task = null, inspections = []) {
  const { body } = site;
  const visited = task && (task.body[`visited/${site.id}`] || inspections.some((it) => it.body.task_id === task.id && it.body.site_id === site.id));
  const tag = visited ? [t("visited"), "good"] : body.lifecycle_status === "relapsed" ? [valueOf(app, "site", "lifecycle_status", "relapsed"), "danger"] : null;
  const sub = [valueOf(app, "site", "site_kind", body.site_kind), valueOf(app, "site", "lifecycle_status", body.lifecycle_status), body.last_visit_at && t("visited.last", { at: when(body.last_visit_at) })];
  return cell(body.name || t("unnamed"), { sub: sub.filter((it) => it && it !== "—").join(" · "), value: far(metres), to: `#/site/${site.id}${task ? `/${task.id}` : ""}`, tag });
}

