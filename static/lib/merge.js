// Canonical text, revisions, digests and the merge function: the twin of fieldsync/sync/canonical.py and merge.py.
// tests/vectors/merge_vectors.json holds the two together; change neither without it.

export const MAX_INTEGER = 2 ** 53;
export const MAX_DEPTH = 14;
export const ZERO_SUM = "0".repeat(16);
export const POLICIES = ["township", "county", "review", "add", "server", "confirm", "once"];

const KEY = /^[\x20-\x7e]{1,200}$/;
// Under the u flag a well-formed pair is one code point, so this meets lone surrogates only.
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** A value that has no canonical text; `reason` is a word of the catalogue. */
export class BadValue extends Error {
  constructor(reason) {
    super(reason);
    this.name = "BadValue";
    this.reason = reason;
  }
}

/** Return `value` as it is stored: strings NFC and right-trimmed, numbers within 2^53 or 7 places. */
export function normalise(value, depth = 0) {
  switch (typeof value) {
    case "string":
      return normaliseText(value);
    case "boolean":
      return value;
    case "number":
      return normaliseNumber(value);
    default:
      return value === null ? null : normaliseNested(value, depth);
  }
}

function normaliseText(text) {
  if (text.includes("\0")) throw new BadValue("nul");
  if (LONE_SURROGATE.test(text)) throw new BadValue("lone-surrogate");
  return text.normalize("NFC").trimEnd();
}

function normaliseNumber(number) {
  if (!Number.isFinite(number)) throw new BadValue("not-finite");
  if (Math.abs(number) > MAX_INTEGER) throw new BadValue("integer-range");
  // toFixed works on the exact binary value and rounds half away from zero; adding 0 turns -0 into 0.
  return Number(number.toFixed(7)) + 0;
}

function normaliseNested(value, depth) {
  if (depth >= MAX_DEPTH) throw new BadValue("depth");
  if (Array.isArray(value)) return Array.from(value, (item) => normalise(item, depth + 1));
  if (!isPlain(value)) throw new BadValue("type");
  if (!Object.keys(value).every((key) => KEY.test(key))) throw new BadValue("key");
  // fromEntries defines own properties, so that a key such as __proto__ stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalise(item, depth + 1)]));
}

// Judged by tag and not by prototype: a plain object from another realm (a frame, a worker's message) is plain too.
function isPlain(value) {
  return typeof value === "object" && Object.prototype.toString.call(value) === "[object Object]";
}

/** Return the canonical text (RFC 8785) of a normalised value, as a string. */
export function canon(value) {
  if (Array.isArray(value)) return `[${value.map(canon).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canon(value[key])}`);
  return `{${members.join(",")}}`;
}

/** Tell whether two normalised values have the same canonical text. */
export function equal(one, other) {
  return one === other || canon(one) === canon(other);
}

/**
 * Return what becomes of `new` where `cur` stands: applied, noop, proposed, conflict or ignored.
 * A path that is not in a body may be handed over as undefined: it is null, that is, absent.
 */
export function merge(policy, side, { confirmed, seen, contested, cur = null, new: value = null }) {
  if (policy === "server") return "ignored";
  if (equal(cur, value)) return "noop";
  if (policy === "once") return cur === null ? "applied" : "ignored";
  if ((policy === "county" || policy === "township") && side !== policy) return "proposed";
  if (policy === "confirm" && side === "township" && confirmed) return "proposed";
  if (policy === "add") return seen || value !== null ? "applied" : "noop";
  return contested || !seen ? "conflict" : "applied";
}

/**
 * Tell whether the author had the current value before him. `pathN` is the record's count when the path was last
 * set, `deviceKnows` whether the author's device set or met that value, `shown` what the person saw (`from`).
 */
export function isSeen({ baseKnown, baseN, pathN, deviceKnows, cur = null, shown = null }) {
  if (!baseKnown) return equal(cur, shown);
  return pathN <= baseN || (deviceKnows && equal(cur, shown));
}

/** Return `n-<16 hex>` for the `n`th state of a record, `body` being its canonical text. */
export async function revision(type, id, n, body) {
  const text = `${JSON.stringify([type, id, n]).slice(0, -1)},${body}]`;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `${n}-${hex(new Uint8Array(hash, 0, 8))}`;
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the 16 hex digits of `total` plus (`sign` 1) or minus (-1) the hash of `rev`, modulo 2^64. */
export function addDigest(total, sign, rev) {
  const sum = BigInt(`0x${total}`) + BigInt(sign) * BigInt(`0x${rev.split("-")[1]}`);
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}
