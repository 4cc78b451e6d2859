// A phone's sync core in a real browser, driven by chance over a bad line. Served to the browser by the test.

import { Core, fresh } from "/static/phone/core.js";
import { open, erase } from "/static/phone/db.js";
import { NoSignal, httpWire } from "/static/phone/wire.js";
import { newId } from "/static/lib/ids.js";

/** A small random generator (mulberry32), so that a seed tells a story again. */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A wire that loses requests, loses answers, sends twice and cuts answers, as `random` says; `calm` ends that. */
export function badWire(token, random, line) {
  const wire = httpWire(() => token);
  return async (...request) => {
    const fate = line.calm ? 1 : random();
    if (fate < 0.15) throw new NoSignal("lost");
    if (fate < 0.3) await wire(...request);
    const answer = await wire(...request);
    if (fate < 0.45) throw new NoSignal("lost");
    if (fate < 0.6) return cut(answer, random());
    return answer;
  };
}

async function cut(answer, part) {
  const text = await answer.text();
  return new Response(text.slice(0, Math.floor(text.length * part)), { status: answer.status, headers: answer.headers });
}

/** One phone of the model: it can be restarted, its clock may run as it likes. */
export class Phone {
  constructor(session, random, line) {
    Object.assign(this, { session, random, line, name: `model-${newId()}` });
  }

  async start() {
    this.core?.store.close();
    const store = await open(this.name);
    const { cell, user, token } = this.session;
    if (!(await store.get("meta", "sync"))) await store.write(["meta"], (tx) => tx.put("meta", fresh(cell, user), "sync"));
    const skew = this.session.skew || 0;
    this.core = new Core(store, badWire(token, this.random, this.line), { clock: () => Date.now() + skew });
  }

  async edit(id, fields) {
    const record = await this.core.view(id);
    if (!record) return;
    const intent = this.core.change(record, fields);
    if (intent) await this.core.make([intent]);
  }

  async end() {
    this.core.store.close();
    await erase(this.name);
  }
}

/** One editor, any faults: return what his phone and the county have in the end. */
export async function alone(session, site, seed) {
  const random = dice(seed);
  const line = { calm: false };
  const phone = new Phone(session, random, line);
  await phone.start();
  await calmly(line, () => phone.core.sync());
  const last = {};
  const steps = [];
  for (let n = 0; n < 14; n++) steps.push(await step(phone, site, last, random));
  await calmly(line, () => phone.core.sync());
  await calmly(line, () => phone.core.sync());
  const found = await outcome(phone.core, site);
  await phone.end();
  return { ...found, last, steps };
}

async function calmly(line, work) {
  line.calm = true;
  await work();
  line.calm = false;
}

const PATHS = ["remark", "mining_method", "violations/unlicensed", "violations/illegal_power", "openings/a/no"];
const VALUES = { mining_method: ["open_pit", "underground", null], remark: ["低", "中", "高", null] };

async function step(phone, site, last, random) {
  const draw = random();
  try {
    if (draw < 0.45) return await edit(phone, site, last, random);
    if (draw < 0.65) return await named("push", () => phone.core.push());
    if (draw < 0.8) return await named("page", () => phone.core.pullPage(1 + Math.floor(random() * 3)));
    if (draw < 0.92) return await named("pull", () => phone.core.pull(1 + Math.floor(random() * 30)));
    return await named("restart", () => phone.start());
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
    return `no signal: ${error.message}`;
  }
}

async function edit(phone, site, last, random) {
  const path = PATHS[Math.floor(random() * PATHS.length)];
  const values = VALUES[path] || [true, null];
  const value = path === "openings/a/no" ? `${Math.floor(random() * 3)}` : values[Math.floor(random() * values.length)];
  const fields = path === "openings/a/no" ? { "openings/a": true, [path]: value } : { [path]: value };
  await phone.edit(site, fields);
  Object.assign(last, fields);
  return `${path} = ${value}`;
}

async function named(name, work) {
  await work();
  return name;
}

/** What the phone has, and whether it is proven to be what the county has. */
export async function outcome(core, site) {
  const [record, conflicts, waiting, tops, proof] = await Promise.all([
    core.view(site), core.list("conflict"), core.store.count("ops", "waiting"), core.store.count("ops", "top"), core.store.get("meta", "proof"),
  ]);
  return { body: record.body, base: record.base, conflicts: conflicts.map((it) => it.body), waiting, tops, differing: proof.differing };
}

/** Two phones and whatever the test does between their turns: every operation has a receipt, both have the same. */
export async function together(sessions, site, seed, county) {
  const random = dice(seed);
  const line = { calm: false };
  const phones = sessions.map((session) => new Phone(session, random, line));
  for (const phone of phones) {
    await phone.start();
    await calmly(line, () => phone.core.sync());
  }
  for (let n = 0; n < 24; n++) {
    await step(phones[Math.floor(random() * phones.length)], site, {}, random);
    if (random() < 0.15) await county(random() < 0.5 ? "remark" : "patrol_class", random());
  }
  for (const round of [1, 2, 3]) for (const phone of phones) await calmly(line, () => phone.core.sync(round));
  const ends = [];
  for (const phone of phones) ends.push(await ending(phone, site));
  for (const phone of phones) await phone.end();
  return ends;
}

async function ending(phone, site) {
  const ops = await phone.core.store.all("ops");
  const receipts = [];
  for (let n = 0; n < ops.length; n += 20) receipts.push(...(await asked(phone, ops.slice(n, n + 20))));
  const rows = (await phone.core.store.all("rows")).map(({ id, rev, body }) => [id, rev, body]);
  return { ...(await outcome(phone.core, site)), made: ops.length, receipts: receipts.length, rows };
}

async function asked(phone, ops) {
  const names = ops.map((op) => op.content.op).join(",");
  const answer = await httpWire(() => phone.session.token)("GET", `/api/v1/sync/receipts?op=${names}`);
  return (await answer.json()).receipts;
}
