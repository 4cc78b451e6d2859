// Evaluates the forms that come in, one JSON {form, answers, context} a line; answers one result a line.

import { readFileSync } from "node:fs";

import { evaluate } from "../../static/lib/expr.js";

const results = readFileSync(0, "utf8").trim().split("\n").map((line) => {
  const { form, answers, context } = JSON.parse(line);
  return JSON.stringify(evaluate(form, answers, context));
});
process.stdout.write(`${results.join("\n")}\n`);
