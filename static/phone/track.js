// Being out: who went when, when he means to be back, and the way he took. It runs only on patrol, by his own will.

import { newId, sha256 } from "../lib/ids.js";
import { distance } from "../lib/geo.js";
import { t } from "../lib/language.js";
import { alertPerson, keepAwake } from "./platform.js";

// A longer silence than this many intervals is a gap: the screen was off, nothing can be told of it.
const SILENT_INTERVALS = 4;
const MOST_GAPS = 100;
const REMIND_EVERY_MS = 20_000;

/** The patrol of the person at work. */
export class Track {
  constructor(app) {
    this.app = app;
    this.last = 0;
  }

  /** Return the patrol that is under way, or undefined. */
  now() {
    return this.app.store.get("meta", "track");
  }

  /** Set out: the township learns of it at the next signal. */
  async begin(fields) {
    const track = { id: newId(), started_at: new Date().toISOString(), ...fields };
    const { id, ...set } = track;
    await this.app.core.make([{ action: "patrol_track.begin", id, set: { ...set, town_code: this.app.town() } }], (tx) => tx.put("meta", track, "track"));
    await this.follow();
    this.app.sync.now();
  }

  /** Record the way of a patrol that is under way, as after a restart of the app. */
  async follow() {
    const track = await this.now();
    if (!track || this.stop) return;
    const stopWatch = this.app.place.watch((fix) => fix && this.point(track.id, fix));
    const letSleep = await keepAwake();
    this.remind();
    const clock = setInterval(() => this.remind(), REMIND_EVERY_MS);
    this.stop = () => {
      clearInterval(clock);
      stopWatch();
      letSleep();
      this.stop = null;
    };
  }

  /** Remind somebody who is out, once, some time before he said he would be back. */
  async remind() {
    const { id, expected_return_at: back } = (await this.now()) || {};
    const left = Date.parse(back) - Date.now();
    if (!id || this.reminded === back || left > this.app.limits.OUT_REMIND_MIN * 60_000) return;
    this.reminded = back;
    alertPerson();
    this.app.notify(t("out.soon"), "danger");
  }

  /** Save a point at once; those between two intervals are not needed. */
  async point(track, { lat, lon, accuracy, time }) {
    const at = Date.parse(time);
    if (at - this.last < this.app.limits.TRACK_INTERVAL_S * 1000) return;
    this.last = at;
    await this.app.store.write(["points"], (tx) => tx.add("points", { track, at, lat, lon, accuracy }));
    this.app.heard?.();
  }

  /** Return the points of a patrol, in order. */
  points(id) {
    return this.app.store.all("points", "track", id);
  }

  /** Mean to be back later than said. */
  async extend(expected_return_at) {
    const track = { ...(await this.now()), expected_return_at };
    const set = { expected_return_at };
    await this.app.core.make([{ action: "patrol_track.edit", id: track.id, set }], (tx) => tx.put("meta", track, "track"));
  }

  /** Come back: the way becomes a file that the owner, his manager and the county may look at, each look noted. */
  async end() {
    const track = await this.now();
    if (!track) return;
    const points = await this.points(track.id);
    const summary = summed(points, this.app.limits.TRACK_INTERVAL_S);
    const bytes = new TextEncoder().encode(points.map(({ at, lat, lon, accuracy }) => `${JSON.stringify([at, lat, lon, accuracy])}\n`).join("")).buffer;
    const hash = points.length ? await sha256(bytes) : "";
    const set = { ended_at: new Date().toISOString(), ...(hash && { sha256: hash, size: bytes.byteLength, ...summary }) };
    if (hash) await this.app.store.write(["bytes"], (tx) => tx.put("bytes", bytes, hash));
    await this.app.core.make([{ action: "patrol_track.end", id: track.id, set }], async (tx) => {
      await tx.delete("meta", "track");
      if (hash) await tx.put("files", { sha256: hash, size: bytes.byteLength, kind: "track", waiting: 1, url: "", made: Date.now() });
    });
    this.stop?.();
    this.app.sync.now();
  }
}

/** Return {points, distance_m, gaps: [[from, seconds], ...]}: of a gap nothing can be told, and no distance is guessed. */
export function summed(points, interval) {
  const gaps = [];
  let length = 0;
  for (let n = 1; n < points.length; n++) {
    const seconds = (points[n].at - points[n - 1].at) / 1000;
    if (seconds > interval * SILENT_INTERVALS) gaps.push([new Date(points[n - 1].at).toISOString(), Math.round(seconds)]);
    else length += distance(points[n - 1], points[n]);
  }
  return { points: points.length, distance_m: Math.round(length), ...(gaps.length && { gaps: gaps.slice(0, MOST_GAPS) }) };
}
