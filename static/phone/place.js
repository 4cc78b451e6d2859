// Where the phone is: the samples of the last minute, while somebody needs them.

import { watchPosition } from "./platform.js";

const KEPT_MS = 60_000;

/** The position, watched as long as anyone listens. */
export class Place {
  constructor() {
    Object.assign(this, { samples: [], listeners: new Set(), problem: null });
  }

  /** Call `heard(fix, problem)` at every sample; return what ends it. */
  watch(heard) {
    this.listeners.add(heard);
    if (this.listeners.size === 1) this.stop = watchPosition((fix) => this.found(fix), (problem) => this.failed(problem));
    else if (this.latest()) heard(this.latest(), null);
    return () => {
      if (this.listeners.delete(heard) && !this.listeners.size) this.stop();
    };
  }

  found(fix) {
    this.problem = null;
    this.samples = [...this.samples.filter((it) => Date.parse(fix.time) - Date.parse(it.time) < KEPT_MS), fix];
    for (const heard of this.listeners) heard(fix, null);
  }

  failed(problem) {
    this.problem = problem;
    for (const heard of this.listeners) heard(null, problem);
  }

  /** Return the latest sample that is not older than a minute, or null. */
  latest() {
    const fix = this.samples[this.samples.length - 1];
    return fix && Date.now() - Date.parse(fix.time) < KEPT_MS ? fix : null;
  }

  /** Return the most accurate sample between two times (ms), or null. */
  best(from, to) {
    const within = this.samples.filter((fix) => Date.parse(fix.time) >= from && Date.parse(fix.time) <= to);
    return within.reduce((best, fix) => (best && best.accuracy <= fix.accuracy ? best : fix), null);
  }

  /** Return the best sample that comes within `ms`, or at once one that is good enough. */
  async wait(ms, enough = 15) {
    const end = Date.now() + ms;
    const stop = this.watch(() => {});
    try {
      while (Date.now() < end && !(this.best(Date.now() - 10_000, end)?.accuracy <= enough)) await sleep(200);
      return this.best(end - ms - 10_000, end);
    } finally {
      stop();
    }
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
