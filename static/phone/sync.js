// When to sync, and what an answer means for the phone. One page of all tabs syncs at a time.

import { Core } from "./core.js";
import * as session from "./session.js";
import { Uploads } from "./uploads.js";
import { NoSignal, Refused, httpWire } from "./wire.js";

const EVERY_MS = 90_000;
const BACK_OFF_MS = 3_000;
const LONGEST_MS = 600_000;
const DAY_MS = 86_400_000;

/** The synchronisation of the person at work; `app` is the page, `show()` is called when something changed. */
export class Sync {
  constructor(app, show) {
    Object.assign(this, { app, show, state: "running", failures: 0 });
    this.channel = new BroadcastChannel("fieldsync");
    this.channel.onmessage = () => show("elsewhere");
  }

  /** Begin: at opening, when the network or the person comes back, and from time to time. */
  start() {
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    navigator.serviceWorker?.addEventListener("message", (event) => event.data === "sync" && this.now());
    this.later(0);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), ms * (0.8 + 0.4 * Math.random()));
  }

  /** Sync now, unless another tab does; asked meanwhile, once more. Return whether all went well. */
  async now() {
    if (!this.app.person?.token || this.app.locked) return false;
    this.again = this.busy;
    if (this.busy) return false;
    this.busy = true;
    const done = await navigator.locks.request("fieldsync-sync", { ifAvailable: true }, (lock) => lock && this.run());
    this.busy = false;
    // Another tab is at it.
    if (done === null) this.tell("idle");
    this.later(done === false ? Math.min(BACK_OFF_MS * 2 ** this.failures, LONGEST_MS) : this.again ? 0 : EVERY_MS);
    return Boolean(done);
  }

  async run() {
    this.tell("running");
    try {
      await this.app.core.sync();
      await this.takeTasks();
      await this.contact();
      this.tell("uploading");
      await this.uploads().run((kind) => this.mayUpload(kind));
      await this.tidy();
      this.failures = 0;
      this.tell("idle");
      return true;
    } catch (error) {
      return this.failed(error);
    }
  }

  mayUpload(kind) {
    return kind === "preview" || this.app.settings.upload !== "wifi" || !this.app.isMetered() || this.once;
  }

  uploads() {
    const { store, wire } = this.app;
    return new Uploads(store, wire, () => {
      // Whoever gets on need not wait long after the next cut.
      this.failures = 0;
      this.show("progress");
    });
  }

  /** Tell the county that this phone has the tasks and their sites (domain.md 3.2: `downloaded`). */
  async takeTasks() {
    const { core, device } = this.app;
    const tasks = (await core.list("patrol_task")).filter(({ body, ops }) => !ops.length && ["assigned", "downloaded"].includes(body.status));
    const missing = tasks.filter(({ body }) => !body[`downloaded/${device.id}`]);
    if (!missing.length) return;
    await core.make(missing.map((task) => ({ action: "patrol_task.take", id: task.id, base: task.rev })));
    await core.sync();
  }

  async contact() {
    this.app.person.contact = Date.now();
    await session.notePerson(this.app.deviceStore, this.app.person.id, { contact: Date.now() });
  }

  /** Let go of originals that the county has: its record says so. Previews stay as long as their record does. */
  async tidy() {
    const { store } = this.app;
    const rows = await store.all("rows", "type", "photo");
    const safe = new Set(rows.filter((row) => row.body.have).map((row) => row.body.sha256));
    const files = (await store.all("files")).filter((file) => !file.waiting && file.kind === "original" && safe.has(file.sha256));
    const old = files.filter((file) => Date.now() - file.done_at > 2 * DAY_MS);
    if (!old.length) return;
    await store.write(["files", "bytes"], async (tx) => {
      for (const file of old) await Promise.all([tx.delete("bytes", file.sha256), tx.delete("files", file.sha256)]);
    });
  }

  /** Note what went wrong, in a word for the screen; what was saved stays where it is. */
  async failed(error) {
    this.failures++;
    if (error instanceof NoSignal) return this.tell(error.portal ? "portal" : "offline");
    if (!(error instanceof Refused)) {
      console.warn(error);
      return this.tell("trouble");
    }
    if (error.name === "device-revoked") return this.revoked(error.problem.erase);
    if (error.status === 401) return this.expired();
    if (error.retryAfter) this.failures = Math.log2(Math.max(1, (error.retryAfter * 1000) / BACK_OFF_MS));
    this.problem = error.problem;
    return this.tell(error.status === 403 ? "closed" : "busy");
  }

  async expired() {
    await session.notePerson(this.app.deviceStore, this.app.person.id, { token: "" });
    this.app.person.token = "";
    return this.tell("expired");
  }

  /** Obey: erase at once, or hand over everything first and then erase. */
  async revoked(erase) {
    if (erase === "after-drain" && !(await this.drained())) return this.tell("draining");
    this.tell("erased");
    clearTimeout(this.timer);
    await this.app.erase();
    return true;
  }

  /** Hand in what everybody left on this phone; return whether nothing is left. */
  async drained() {
    const { people } = await session.known(this.app.deviceStore);
    let left = 0;
    for (const person of Object.values(people)) left += await drain(person).catch(() => 1);
    return left === 0;
  }

  tell(state) {
    this.state = state;
    if (state !== "running" && state !== "uploading") this.channel.postMessage("changed");
    this.show(state);
    return false;
  }
}

async function drain(person) {
  const store = await session.openPerson(person);
  const wire = httpWire(() => person.token);
  try {
    if (await store.count("ops", "waiting")) await new Core(store, wire).push();
    await new Uploads(store, wire).run();
    return (await store.count("ops", "waiting")) + (await store.count("files", "waiting"));
  } finally {
    store.close();
  }
}
