// The self-test: what a phone must be able to do before anybody's work is put on it.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { sha256 } from "../../lib/ids.js";
import { erase, open } from "../db.js";
import { isInsideChat, persist } from "../platform.js";
import { cell, cells } from "../show.js";
import "./words.js";

const TRIAL = "fieldsync-trial";
const MEGABYTES = 5;

/** Show the self-test on a page of its own. */
export async function show(app) {
  const found = h("div", { "aria-live": "polite" }, h("p.empty", null, t("check.running")));
  checks(app).then((results) => found.replaceChildren(table(results)));
  return { title: t("check"), body: found, back: app.device ? "#/settings" : "#/enrol", bare: !app.device, tab: "settings", keeps: true };
}

/** Return [{name, ok, needed, detail}]: each thing tried for real. */
export async function checks(app) {
  const tried = [
    ["secure", true, async () => isSecureContext],
    ["outside", true, async () => !isInsideChat()],
    ["worker", true, async () => Boolean(navigator.serviceWorker)],
    ["storage", true, roundTrip],
    ["key", true, signs],
    ["locks", true, async () => Boolean(navigator.locks)],
    ["camera", false, async () => "capture" in document.createElement("input")],
    ["position", false, () => located(app)],
    ["persist", false, persist],
  ];
  const results = [];
  for (const [name, needed, attempt] of tried) results.push({ name, needed, ok: Boolean(await attempt().catch(() => false)) });
  return results;
}

/** Return the results as cells. */
export function table(results) {
  const mark = ({ ok, needed }) => (ok ? [t("check.ok"), "good"] : [t(needed ? "check.bad" : "check.weak"), needed ? "danger" : "warn"]);
  return h("div", null, cells(t("check"), results.map((result) => cell(t(`check.${result.name}`), { tag: mark(result), sub: result.ok ? null : t(`check.${result.name}.help`) }))));
}

/** Store five megabytes, read them back, compare. */
async function roundTrip() {
  const bytes = new Uint8Array(MEGABYTES << 20);
  for (let n = 0; n < bytes.length; n += 65_536) crypto.getRandomValues(bytes.subarray(n, n + 65_536));
  const store = await open(TRIAL);
  await store.write(["bytes"], (tx) => tx.put("bytes", bytes.buffer, "trial"));
  const same = (await sha256(await store.get("bytes", "trial"))) === (await sha256(bytes));
  store.close();
  await erase(TRIAL);
  return same;
}

/** Keep a key that cannot be taken out, and sign with what comes back. */
async function signs() {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const store = await open(TRIAL);
  await store.write(["meta"], (tx) => tx.put("meta", privateKey, "key"));
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, await store.get("meta", "key"), new Uint8Array(8));
  store.close();
  await erase(TRIAL);
  return signature.byteLength === 64;
}

async function located(app) {
  return app.place.wait(5000, 1e6);
}
