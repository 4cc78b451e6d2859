// Evaluates the forms that come in, one JSON {form, answers, context} a line; answers one result a line.

import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../static/lib/expr.js", import.meta.url), "utf8");
const { evaluate } = await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);

const results = readFileSync(0, "utf8").trim().split("\n").map((line) => {
  const { form, answers, context } = JSON.parse(line);
  return JSON.stringify(evaluate(form, answers, context));
});
process.stdout.write(`${results.join("\n")}\n`);
