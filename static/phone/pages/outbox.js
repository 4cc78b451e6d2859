// What waits, what was accepted, what is held and why: in words, and nothing vanishes from here unseen.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { exported } from "../export.js";
import { saveFile } from "../platform.js";
import { cell, cells, labelOf, notice, size, when } from "../show.js";
import "./words.js";

const MOST = 40;

/** Show the outbox. */
export async function show(app) {
  const [ops, files, state, proof] = await Promise.all([app.store.all("ops"), app.store.all("files", "waiting"), app.core.state(), app.store.get("meta", "proof")]);
  const waiting = ops.filter((op) => op.waiting);
  const apart = ops.filter((op) => op.status === "held" || op.status === "rejected" || op.status === "closed");
  const done = ops.filter((op) => !op.waiting && !apart.includes(op)).slice(-MOST).reverse();
  const names = await namesOf(app, [...waiting, ...apart, ...done]);
  const line = (op) => cell(`${names.get(op.content.id) || ""} ${t(`act.${op.content.action}`)}`, { sub: outcome(app, op), value: when(op.content.at) });
  const body = h("div", null,
    notice(waiting.length + files.length ? "warn" : "", t(waiting.length + files.length ? "outbox.waiting" : "outbox.empty", { ops: waiting.length, files: files.length })),
    state.pulled_at ? notice("", t(proof && !proof.differing.length ? "outbox.same" : "outbox.pulled", { at: when(state.pulled_at) })) : null,
    h("div.buttons.foot", null, h("button.button.primary.big", { type: "button", onclick: () => app.sync.now() }, t("sync.do"))),
    cells(t("outbox.files"), files.map((file) => fileLine(app, file))),
    cells(t("outbox.ops"), waiting.map(line)),
    cells(t("outbox.apart"), apart.map(line)),
    cells(t("outbox.done"), done.map(line)),
    h("div.buttons.foot", null, h("button.button.wide", { type: "button", onclick: () => save(app) }, t("export"))), h("p.hint.padded", null, t("export.hint")));
  return { title: t("outbox"), body };
}

async function namesOf(app, ops) {
  const names = new Map();
  for (const id of new Set(ops.map((op) => op.content.id))) names.set(id, await nameOf(app, id));
  return names;
}

/** Return the name of the site that a record hangs on. */
async function nameOf(app, id) {
  const record = await app.core.view(id);
  const above = record?.body.site_id || record?.parent || record?.body.record_id;
  return record?.body.name || (above && above !== id ? nameOf(app, above) : "");
}

/** Say what became of an operation. */
function outcome(app, { waiting, content, status, result }) {
  if (waiting) return t("op.waiting");
  const noun = content.action.split(".")[0];
  const fields = Object.entries(result.fields || {}).filter(([, it]) => it === "proposed" || it === "conflict");
  const which = fields.map(([path]) => labelOf(app, noun, path)).join("、");
  if (status === "held") return t(`held.${typeof result.why === "string" ? result.why : "other"}`);
  if (status === "rejected") return t("op.rejected", { why: result.problem?.detail || result.problem?.title || "" });
  if (status === "closed") return t("op.closed", { why: result.reason || "" });
  if (status === "conflict") return t("op.conflict", { which });
  if (which) return t("op.proposed", { which });
  const noted = (result.issues || []).filter(({ path }) => path).map(({ path }) => labelOf(app, noun, path));
  return noted.length ? t("op.noted", { which: [...new Set(noted)].slice(0, 5).join("、") }) : t("op.applied");
}

function fileLine(app, file) {
  const part = Math.round((100 * (file.sent || 0)) / file.size);
  const words = file.broken ? t(`file.${file.broken === "missing" ? "missing" : "refused"}`) : t(app.sync.mayUpload(file.kind) ? "file.waiting" : "file.wifi");
  return h("div.cell", null, h("span", null, t(`file.${file.kind}`), h("small", null, words), h("progress.progress", { value: part, max: 100, "aria-label": `${part} %` })), h("span.value", null, size(file.size)));
}

async function save(app) {
  saveFile(await exported(app));
}
