// The sync core: what a phone keeps and sends. It obeys section 5 of the sync contract and knows nothing of mines.
//
// `rows` holds what pulls brought and nothing else. `ops` holds every operation made here, in the order of its making
// (`made`): `waiting` until the server's 200, `top` as long as it must be shown above the rows.

import { ZERO_SUM, addDigest, equal, normalise } from "../lib/merge.js";
import { newId } from "../lib/ids.js";
import { NoSignal, asJson } from "./wire.js";

const MOST_AFTER = 20;
const MOST_OPS = 250;
const LEAST_BYTES = 16_000;
const MOST_BYTES = 1_000_000;
const JOURNAL_DAYS = 30;
const SEPARATE = ["held", "rejected"];

/** The state of a phone that has not pulled yet. */
export function fresh(cell, user) {
  return { cell, user, cursor: "", complete: true, stood: {}, paged: {}, seen: {}, scopes: [], sweeping: {}, digests: {} };
}

/** One person's work on this phone: `store` keeps it, `wire` reaches the server, `clock` may be wrong. */
export class Core {
  constructor(store, wire, { clock = Date.now, makeId = newId, app = "pwa/1" } = {}) {
    Object.assign(this, { store, wire, clock, makeId, app, bytes: 64_000, counted: false });
  }

  // What the person sees

  /** Return the state of synchronisation. */
  state() {
    return this.store.get("meta", "sync");
  }

  /** Return a record as the screen shows it: what was pulled with what was done here on top; undefined if unknown. */
  async view(id) {
    const [row, ops] = await Promise.all([this.store.get("rows", id), this.store.all("ops", "about", id)]);
    return shown(row, ops.filter((op) => op.top));
  }

  /** Return all records of a type as the screen shows them; of one parent only, if it is given. */
  async list(type, parent = "") {
    const [index, key] = parent ? ["parent", parent] : ["type", type];
    const [rows, tops] = await Promise.all([this.store.all("rows", index, key), this.store.all("ops", "top")]);
    const ops = groupBy(tops.filter((op) => kindOf(op) === type), (op) => op.content.id);
    const known = rows.filter((row) => row.type === type).map((row) => shown(row, ops.get(row.id)));
    const ids = new Set(rows.map((row) => row.id));
    const made = [...ops].filter(([id, mine]) => !ids.has(id) && (!parent || parentOf(mine) === parent));
    const elsewhere = made.length && parent ? await this.#pulled(made.map(([id]) => id)) : new Set();
    const news = made.filter(([id]) => !elsewhere.has(id)).map(([, mine]) => shown(undefined, mine));
    return [...known, ...news].filter((record) => record && !record.gone);
  }

  async #pulled(ids) {
    const rows = await Promise.all(ids.map((id) => this.store.get("rows", id)));
    return new Set(rows.filter(Boolean).map((row) => row.id));
  }

  // Working, with or without a signal

  /**
   * Note operations [{action, id, set?, from?, base?, parent?, form?, reason?}], all or none, and whatever `also(tx)`
   * writes besides. They are sent when there is a signal and never change again.
   */
  make(intents, also = async () => {}) {
    return this.store.write(["ops", "rows", "meta", "drafts", "photos", "files"], async (tx) => {
      const state = await tx.get("meta", "sync");
      const made = [];
      for (const intent of intents) made.push(await this.#note(tx, state, intent));
      await also(tx);
      return made;
    });
  }

  async #note(tx, state, { action, id, parent, set, ...more }) {
    const about = [id, parent].filter(Boolean);
    const near = (await Promise.all(about.map((it) => tx.all("ops", "about", it)))).flat();
    const open = near.filter((op) => op.waiting || op.status === "held").sort(byMaking);
    const content = {
      op: this.makeId(), cell: state.cell, head: await this.#head(tx, state, about, near),
      at: new Date(this.clock()).toISOString(), action, id,
    };
    if (parent) content.parent = { id: parent };
    if (open.length) content.after = open.slice(-MOST_AFTER).map((op) => op.content.op);
    if (set && Object.keys(set).length) content.set = set;
    for (const [name, value] of Object.entries(more)) if (value) content[name] = value;
    await tx.add("ops", { content, waiting: 1, top: 1 });
    return content;
  }

  /** Return the head at which this phone knew what an operation is about: pages may have come since the last pull. */
  async #head(tx, { cell, stood, paged, complete }, about, near) {
    const before = stood[cell] || 0;
    for (const id of about) {
      const row = await tx.get("rows", id);
      if (row) return complete ? before : Math.max(before, row.head);
      const own = near.filter((op) => op.top && op.content.id === id).sort(byMaking)[0];
      if (own) return own.content.head;
    }
    return Math.max(before, paged[cell] || 0);
  }

  /**
   * Return the operation that brings `record` (as `view` gave it, so as the person saw it) to `fields`;
   * null where nothing differs. An empty field is null.
   */
  change(record, fields, action = `${record.type}.edit`, more = {}) {
    const wanted = Object.entries(fields).map(([path, value]) => [path, normalise(value ?? null)]);
    const changed = wanted.filter(([path, value]) => !equal(record.body[path] ?? null, value));
    if (!changed.length && action.endsWith(".edit")) return null;
    const from = changed.map(([path]) => [path, record.body[path] ?? null]);
    return {
      action, id: record.id, base: record.rev, set: Object.fromEntries(changed),
      from: from.length ? Object.fromEntries(from) : undefined, ...more,
    };
  }

  // With a signal

  /** Hand in everything and take down what changed; send again what a restored server lost. */
  async sync() {
    await this.push();
    await this.pull();
    if (await this.store.count("ops", "waiting")) {
      await this.push();
      await this.pull();
    }
    await this.forget();
  }

  /** Hand in what waits, in batches that fit the line; nothing leaves before the server's 200. */
  async push() {
    for (;;) {
      const waiting = await this.store.all("ops", "waiting", null, MOST_OPS);
      if (!waiting.length) return;
      await this.#pushSome(fitting(waiting, this.bytes));
    }
  }

  async #pushSome(ops) {
    const { seen } = await this.state();
    const sent = { app: this.app, protocol: 1, sent_at: new Date(this.clock()).toISOString(), seen, ops: ops.map((op) => op.content) };
    try {
      const answer = await asJson(this.wire("POST", "/api/v1/sync/push", sent));
      await this.#acknowledge(ops, answer);
      this.bytes = Math.min(this.bytes * 2, MOST_BYTES);
    } catch (error) {
      this.#halve(error, ops.length);
    }
  }

  #halve(error, count) {
    const least = this.bytes <= LEAST_BYTES;
    this.bytes = Math.max(this.bytes / 2, error.status === 413 ? 1 : LEAST_BYTES);
    if (error.status === 413 ? count === 1 : least || !error.slow) throw error;
  }

  /** Let go of what was acknowledged, and keep it in the journal. */
  #acknowledge(ops, answer) {
    const results = new Map(answer.results.map((result) => [result.op, result]));
    return this.store.write(["ops", "meta"], async (tx) => {
      const state = await tx.get("meta", "sync");
      for (const op of ops) {
        const result = results.get(op.content.op);
        if (result) await tx.put("ops", acknowledged(op, result, answer.head, this.clock()));
      }
      Object.assign(state.seen, answer.head);
      await sendAgain(tx, answer.diverged);
      await tx.put("meta", state, "sync");
    });
  }

  /** Take down all pages; return how many there were. */
  async pull(limit = 500) {
    for (let pages = 1; ; pages++) {
      const more = await this.pullPage(limit);
      if (!more) return pages;
    }
  }

  /** Take down one page, all or nothing; return whether more are to come. */
  async pullPage(limit) {
    const { cursor, seen } = await this.state();
    const told = Object.entries(seen).map(([cell, head]) => `${cell}:${head}`).join(",");
    const query = new URLSearchParams({ cursor, seen: told, limit, max_bytes: MOST_BYTES });
    const answer = await this.wire("GET", `/api/v1/sync/pull?${query}`, null, { Accept: "application/x-ndjson" });
    const [header, ...lines] = parsed(await answer.text());
    const trailer = lines.pop();
    await this.store.write(["rows", "ops", "meta"], (tx) => this.#take(tx, header, lines, trailer));
    if (!trailer.more) await this.#prove(trailer.digest);
    return trailer.more;
  }

  /** Drop, reset, put, remove, and the cursor with them: each idempotent. */
  async #take(tx, header, lines, trailer) {
    const state = await tx.get("meta", "sync");
    for (const scope of state.scopes.filter((it) => !header.scopes.includes(it))) await leave(tx, state, scope);
    state.scopes = header.scopes;
    for (const scope of header.reset) state.sweeping[scope] = await tx.keys("rows", "scope", scope);
    await sendAgain(tx, header.diverged);
    state.paged = numbers(trailer.head);
    const swept = Object.fromEntries(Object.entries(state.sweeping).map(([scope, ids]) => [scope, new Set(ids)]));
    for (const line of lines) {
      const scope = state.scopes[line.s];
      swept[scope]?.delete(line.id);
      await (line.out ? remove(tx, state, scope, line.id) : put(tx, state, scope, line));
    }
    state.sweeping = Object.fromEntries(Object.entries(swept).map(([scope, ids]) => [scope, [...ids]]));
    Object.assign(state, { cursor: trailer.cursor, complete: !trailer.more });
    Object.assign(state.seen, trailer.head);
    if (!trailer.more) await complete(tx, state, trailer.head, this.clock());
    await tx.put("meta", state, "sync");
  }

  // Proof that phone and county have the same

  /** Compare the digests; what differs is fetched again. The first time, count the rows instead of trusting the sums. */
  async #prove(digests) {
    if (!this.counted) await this.recount();
    this.counted = true;
    const state = await this.state();
    const differing = state.scopes.filter((scope) => !sameDigest(state.digests[scope], digests[scope]));
    await this.store.write(["meta"], (tx) => tx.put("meta", { at: this.clock(), differing }, "proof"));
    // Once per pass: should the county's own sum be wrong, asking for ever would not mend it.
    if (!differing.length || this.repairing) return;
    this.repairing = true;
    try {
      for (const scope of differing) await this.#repair(scope);
    } finally {
      this.repairing = false;
    }
  }

  /** Count the digest of every scope anew from the rows. */
  async recount() {
    await this.store.write(["rows", "meta"], async (tx) => {
      const state = await tx.get("meta", "sync");
      state.digests = {};
      for (const row of await tx.all("rows")) for (const scope of row.scopes) count(state, scope, 1, row.rev);
      await tx.put("meta", state, "sync");
    });
  }

  async #repair(scope) {
    const { members } = await asJson(this.wire("GET", `/api/v1/sync/verify?scope=${encodeURIComponent(scope)}`));
    const theirs = new Map(members.map((member) => [member.id, member.rev]));
    await this.store.write(["rows", "meta"], async (tx) => {
      const state = await tx.get("meta", "sync");
      for (const row of await tx.all("rows", "scope", scope)) {
        if (theirs.get(row.id) !== row.rev) await remove(tx, state, scope, row.id);
        else theirs.delete(row.id);
      }
      if (theirs.size) await startAnew(tx, state);
      await tx.put("meta", state, "sync");
    });
    if (theirs.size) await this.pull();
  }

  /** Forget acknowledged operations of old; what is held or was refused stays for the person to read. */
  async forget() {
    const before = this.clock() - JOURNAL_DAYS * 86_400_000;
    await this.store.write(["ops"], async (tx) => {
      const old = await tx.all("ops", "acked_at", IDBKeyRange.upperBound(before));
      for (const op of old) if (!op.top && !SEPARATE.includes(op.status)) await tx.delete("ops", op.made);
    });
  }
}

// Views

function shown(row, ops = []) {
  if (!row && !ops.length) return undefined;
  ops.sort(byMaking);
  const body = Object.assign({}, row?.body, ...ops.map((op) => op.content.set));
  for (const path of Object.keys(body)) if (body[path] === null) delete body[path];
  const first = ops[0]?.content;
  return {
    id: row?.id || first.id, type: row?.type || kindOf(ops[0]), rev: row?.rev, base: row?.body || {}, body, ops,
    parent: row?.parent || parentOf(ops), gone: ops.some((op) => /\.(void|drop)$/.test(op.content.action)),
  };
}

function parentOf(ops) {
  return ops.find((op) => op.content.parent)?.content.parent.id;
}

function kindOf(op) {
  return op.content.action.split(".")[0];
}

function byMaking(one, other) {
  return one.made - other.made;
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) || []), item]);
  return groups;
}

// Push

function fitting(ops, bytes) {
  let room = bytes;
  const some = ops.filter((op) => (room -= JSON.stringify(op.content).length) >= 0);
  return some.length ? ops.slice(0, some.length) : ops.slice(0, 1);
}

function acknowledged({ waiting, ...op }, result, head, at) {
  const acked = { ...op, status: result.status, result, ack: number(head[op.content.cell]), acked_at: at };
  if (result.status === "rejected") delete acked.top;
  return acked;
}

/** Put the journal of restored cells back before what waits; whatever it said, it is asked anew. */
async function sendAgain(tx, cells) {
  if (!cells.length) return;
  for (const { status, result, ack, acked_at, ...op } of await tx.all("ops")) {
    if (cells.includes(op.content.cell)) await tx.put("ops", { ...op, waiting: 1, top: 1 });
  }
}

// Pull

function parsed(text) {
  try {
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    if (lines.length > 1 && "cursor" in lines[lines.length - 1]) return lines;
  } catch {
    // Cut in the middle of a line: the same as cut between two.
  }
  throw new NoSignal("cut");
}

async function put(tx, state, scope, { id, type, rev, parent, body }) {
  const row = await tx.get("rows", id);
  for (const it of row?.scopes || []) count(state, it, -1, row.rev);
  const scopes = row?.scopes.includes(scope) ? row.scopes : [...(row?.scopes || []), scope];
  for (const it of scopes) count(state, it, 1, rev);
  const head = state.paged[scope === "common" ? "common" : state.cell] || 0;
  await tx.put("rows", { id, type, rev, body, scopes, head, parent: parent || body.record_id || "" });
  if (type === "receipt" && body.status !== "held") await close(tx, body);
}

async function remove(tx, state, scope, id) {
  const row = await tx.get("rows", id);
  if (!row?.scopes.includes(scope)) return;
  count(state, scope, -1, row.rev);
  const scopes = row.scopes.filter((it) => it !== scope);
  await (scopes.length ? tx.put("rows", { ...row, scopes }) : tx.delete("rows", id));
}

async function leave(tx, state, scope) {
  for (const id of await tx.keys("rows", "scope", scope)) await remove(tx, state, scope, id);
  delete state.digests[scope];
  delete state.sweeping[scope];
}

/** Take the final receipt of an operation that was held. */
async function close(tx, receipt) {
  const [op] = await tx.all("ops", "op", receipt.op);
  if (op?.status !== "held") return;
  delete op.top;
  await tx.put("ops", { ...op, status: receipt.status, result: { ...op.result, status: receipt.status, reason: receipt.reason } });
}

/** Sweep what a reset did not bring again; what is acknowledged and now below the rows leaves the top. */
async function complete(tx, state, head, now) {
  for (const [scope, ids] of Object.entries(state.sweeping)) for (const id of ids) await remove(tx, state, scope, id);
  Object.assign(state, { sweeping: {}, stood: numbers(head), pulled_at: now });
  for (const { top, ...op } of await tx.all("ops", "top")) {
    const below = !op.waiting && !SEPARATE.includes(op.status) && (state.stood[op.content.cell] || 0) >= op.ack;
    if (below) await tx.put("ops", op);
  }
}

/** Ask for everything from zero; what is not brought again is swept. */
async function startAnew(tx, state) {
  state.cursor = "";
  for (const scope of state.scopes) state.sweeping[scope] = await tx.keys("rows", "scope", scope);
}

function count(state, scope, sign, rev) {
  const { n, sum } = state.digests[scope] || { n: 0, sum: ZERO_SUM };
  state.digests[scope] = { n: n + sign, sum: addDigest(sum, sign, rev) };
}

function sameDigest(mine = { n: 0, sum: ZERO_SUM }, theirs) {
  return mine.n === theirs.n && mine.sum === theirs.sum;
}

function numbers(heads) {
  return Object.fromEntries(Object.entries(heads).map(([cell, head]) => [cell, number(head)]));
}

function number(head = "0") {
  return parseInt(head, 10);
}
