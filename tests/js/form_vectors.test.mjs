// The form vectors in JavaScript; tests/forms/test_vectors.py runs the same file in Python.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { choicesOf, evaluate, labelOf, valueOf } from "../../static/lib/expr.js";

const vectors = JSON.parse(read("../vectors/form_vectors.json"));
const { form, now } = vectors;

function read(path) {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

function itemAt(path, items = form.items) {
  for (const item of items) {
    const found = item.path === path ? item : itemAt(path, item.items ?? []);
    if (found) return found;
  }
  return null;
}

for (const { text, tree, answers, row, value } of vectors.expressions) {
  test(`expression: ${text} over ${answers}`, () => {
    assert.deepEqual(valueOf(form, tree, vectors.answers[answers], row, { now }), value);
  });
}

for (const { note, answers, context, then, hidden, problems } of vectors.cases) {
  test(`case: ${note}`, () => {
    const given = structuredClone(answers);
    assert.deepEqual(evaluate(form, given, { now, ...context }), { answers: then, hidden, problems });
    assert.deepEqual(given, answers, "what was given stays as it was");
  });
}

for (const [path, answers, labels] of vectors.printed) {
  test(`label: ${path}`, () => {
    assert.deepEqual(labelOf(form, itemAt(path).labels, answers, "", { now }), labels);
  });
}

for (const [path, answers, names] of vectors.offered) {
  test(`choices: ${path} ${JSON.stringify(answers)}`, () => {
    const found = choicesOf(form, itemAt(path), answers, "", { now });
    assert.deepEqual(found.map((choice) => choice.name), names);
  });
}

test("a form of 150 questions takes well below 5 ms", () => {
  const items = Array.from({ length: 150 }, (_, at) => ({
    kind: "integer", name: `q${at}`, path: `answers/q${at}`, labels: ["", ""], required: true,
    constraint: ["and", [">=", ["self"], 0], ["<", ["self"], 1000]],
    ...(at && { relevant: ["or", ["!=", ["ref", `answers/q${at - 1}`], ""], ["=", 1, 1]] }),
  }));
  const long = { name: "long", version: 1, noun: "inspection", titles: ["", ""], items, choices: {} };
  const answers = Object.fromEntries(items.map(({ path }, at) => [path, at]));
  for (let warm = 0; warm < 50; warm++) evaluate(long, answers, { now });
  const start = performance.now();
  for (let round = 0; round < 20; round++) assert.equal(evaluate(long, answers, { now }).problems.length, 0);
  assert.ok((performance.now() - start) / 20 < 5);
});
