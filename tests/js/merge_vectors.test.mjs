// The merge vectors in JavaScript; tests/sync/test_merge_vectors.py runs the same file in Python.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  BadValue, POLICIES, addDigest, canon, equal, isSeen, merge, normalise, revision,
} from "../../static/lib/merge.js";

globalThis.crypto ??= webcrypto;

const vectors = JSON.parse(read("../vectors/merge_vectors.json"));

function read(path) {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

for (const policy of POLICIES) {
  test(`merge: ${policy}`, () => {
    const rows = vectors.merge.filter((row) => row[0] === policy);
    assert.ok(rows.length >= 80);
    for (const [, side, confirmed, seen, contested, cur, value, outcome] of rows) {
      const situation = { confirmed, seen, contested, cur, new: value };
      assert.equal(merge(policy, side, situation), outcome, JSON.stringify({ side, ...situation }));
    }
  });
}

test("merge: a path that is not in the body is null", () => {
  const situation = { confirmed: false, seen: true, contested: false };
  assert.equal(merge("review", "township", { ...situation, cur: {}.absent, new: null }), "noop");
  assert.equal(merge("once", "township", { ...situation, cur: {}.absent, new: "h" }), "applied");
});

test("seen", () => {
  for (const [baseKnown, baseN, pathN, deviceKnows, cur, shown, seen] of vectors.seen) {
    const situation = { baseKnown, baseN, pathN, deviceKnows, cur, shown };
    assert.equal(isSeen(situation), seen, JSON.stringify(situation));
  }
});

for (const { note, json, text } of vectors.canon) {
  test(`canon: ${note}`, () => {
    const value = normalise(JSON.parse(json));
    assert.equal(canon(value), text);
    assert.equal(canon(normalise(value)), text);
    assert.ok(equal(value, normalise(JSON.parse(text))));
  });
}

// A JavaScript number cannot hold an odd integer beyond 2^53: only Python meets those rows.
const holdable = ({ number }) => number === undefined || !/\d/.test(number);

for (const { note, json, number, reason } of vectors.bad.filter(holdable)) {
  test(`bad: ${note}`, () => {
    const value = json === undefined ? Number(number) : JSON.parse(json);
    assert.throws(() => normalise(value), (error) => error instanceof BadValue && error.reason === reason);
  });
}

test("bad: what is no JSON at all", () => {
  for (const value of [undefined, [,], () => 1, Symbol("s"), 1n, new Date(0), new Map(), new Uint8Array(1)]) {
    assert.throws(() => normalise(value), { name: "BadValue", reason: "type" });
  }
});

for (const { type, id, n, body, rev } of vectors.revision) {
  test(`revision: ${rev}`, async () => assert.equal(await revision(type, id, n, body), rev));
}

for (const [total, sign, rev, sum] of vectors.digest) {
  test(`digest: ${total} ${sign} ${rev}`, () => {
    assert.equal(addDigest(total, sign, rev), sum);
    assert.equal(addDigest(sum, -sign, rev), total);
  });
}
