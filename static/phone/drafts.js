// What is being filled in: on the disk a moment after every touch, until it is handed in.

import { newId } from "../lib/ids.js";
import { defaultsOf } from "./form/items.js";

const SOON_MS = 80;

/** Saves one draft again and again; `flush` waits until the last touch is on the disk. */
export class Saver {
  constructor(store, draft, failed) {
    Object.assign(this, { store, draft, failed, timer: 0, writing: Promise.resolve() });
    this.leaving = () => this.flush();
    addEventListener("pagehide", this.leaving);
    document.addEventListener("visibilitychange", this.leaving);
  }

  /** Note that the draft changed. */
  touch() {
    this.timer ||= setTimeout(() => this.flush(), SOON_MS);
  }

  /** Write the draft now; return when it is safe. */
  flush() {
    if (!this.timer) return this.writing;
    clearTimeout(this.timer);
    this.timer = 0;
    const draft = structuredClone({ ...this.draft, touched_at: Date.now() });
    this.writing = this.writing.then(() => this.store.write(["drafts"], (tx) => tx.put("drafts", draft))).catch((error) => this.failed(error));
    return this.writing;
  }

  /** Stop saving: the draft was handed in or thrown away. */
  end() {
    clearTimeout(this.timer);
    this.timer = 0;
    removeEventListener("pagehide", this.leaving);
    document.removeEventListener("visibilitychange", this.leaving);
    return this.writing;
  }
}

/** Begin an inspection of a site with a form; return the stored draft. */
export async function begin(app, site, form, task = "") {
  const taken = await carried(app, site, form);
  const answers = own(app, site, form, taken, await unitOf(app));
  const draft = {
    id: newId(), noun: "inspection", action: "inspection.submit", form: `${form.name}@${form.version}`, site: site.id, task,
    answers, carried: Object.keys(taken), started_at: new Date().toISOString(), made: Date.now(),
  };
  await app.store.write(["drafts"], (tx) => tx.put("drafts", draft));
  return draft;
}

/** Begin to correct an inspection that was handed in; `action` says how it will be sent. */
export async function correct(app, inspection, action) {
  const draft = {
    id: inspection.id, noun: "inspection", action, form: inspection.body.form || "patrol@1", site: inspection.body.site_id, task: inspection.body.task_id || "",
    answers: { ...inspection.body }, carried: [], before: { id: inspection.id, type: "inspection", rev: inspection.rev, body: inspection.body }, made: Date.now(),
  };
  await app.store.write(["drafts"], (tx) => tx.put("drafts", draft));
  return draft;
}

/** Return the answers of the last visit to a site that this form takes over. */
async function carried(app, site, form) {
  const visits = (await app.core.list("inspection", site.id)).filter(({ body }) => body.state !== "withdrawn");
  visits.sort((one, other) => (one.body.started_at < other.body.started_at ? 1 : -1));
  const last = visits[0]?.body || {};
  const bases = leaves(form.items).filter((item) => item.carry).map((item) => item.path.split("/*")[0]);
  const taken = Object.entries(last).filter(([path]) => bases.some((base) => path === base || path.startsWith(`${base}/`)));
  return Object.fromEntries(taken);
}

/** Return what the phone knows without asking: what the site is, who inspects, what the form supposes. */
function own(app, site, form, taken, unit) {
  const answers = { ...taken, ...(unit && { unit }) };
  const items = leaves(form.items);
  if (!items.some(({ path }) => path === "unit")) delete answers.unit;
  for (const { path, site: field } of items) if (field && site.body[field] !== undefined) answers[path] = site.body[field];
  if (items.some(({ path }) => path === "inspectors/*/name") && !Object.keys(answers).some((path) => path.startsWith("inspectors/"))) {
    Object.assign(answers, { [`inspectors/${app.person.id}`]: true, [`inspectors/${app.person.id}/name`]: app.person.name });
  }
  const supposed = defaultsOf(form, form.items, answers, { now: new Date().toISOString() });
  return { ...supposed, ...answers };
}

/** Return the unit that the person works for: the roster's word, or his township. */
async function unitOf(app) {
  const person = await app.core.view(app.person.id);
  return person?.body.unit || (await app.townNames())[app.town()];
}

/** Return all questions of a form, those in groups and repeats too. */
export function leaves(items) {
  return items.flatMap((item) => (item.items ? leaves(item.items) : [item]));
}
