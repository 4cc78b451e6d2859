// Signatures: drawn with the finger, one person after the other, each bound to what was signed.

import { fill, h, s } from "../../../lib/html.js";
import { newId, sha256 } from "../../../lib/ids.js";
import { t } from "../../../lib/language.js";
import { canon, normalise } from "../../../lib/merge.js";
import { rowsAt } from "../items.js";
import { button, openSheet } from "../sheet.js";

const BOX = [300, 150];

/** Return the SHA-256 (hex) of the canonical text of answers as evaluated, signatures left out. */
export function contentHash(answers) {
  const signed = Object.entries(answers).filter(([path]) => !path.startsWith("signatures/"));
  return sha256(new TextEncoder().encode(canon(normalise(Object.fromEntries(signed)))));
}

/** Signatures at this question's path, as rows of name, strokes, signed_at and content_hash. */
export function signature(q) {
  const list = h("div");
  const more = button("", () => sign(q, show), "primary big");
  more.hidden = q.locked;
  const show = () => {
    const ids = rowsAt(q.run.state.answers, q.path);
    fill(list, ids.map((id) => signed(q, id, show)));
    more.textContent = t(ids.length ? "form.sign-on" : "form.sign");
    warn(q, list);
  };
  return { body: [list, more], show, update: () => warn(q, list) };
}

function signed(q, id, show) {
  const cell = (name) => q.run.state.answers[`${q.path}/${id}/${name}`];
  const remove = () => {
    for (const name of ["/name", "/strokes", "/signed_at", "/content_hash", ""]) q.put(undefined, `${q.path}/${id}${name}`);
    show();
  };
  const stale = h("div.tag.warn", { hidden: true, "data-hash": cell("content_hash") }, t("form.stale"));
  return h("div.signed", null, drawn(cell("strokes")), h("div", null, cell("name"), stale),
    !q.locked && button(t("form.remove"), remove, "plain danger"));
}

function drawn(d) {
  const pen = { fill: "none", stroke: "currentColor", "stroke-width": 3, "stroke-linecap": "round" };
  return s("svg", { viewBox: `0 0 ${BOX.join(" ")}`, "aria-hidden": "true" }, s("path", { d, ...pen }));
}

async function warn(q, list) {
  if (!list.children.length) return;
  const now = await contentHash(q.run.result.answers);
  for (const tag of list.querySelectorAll("[data-hash]")) tag.hidden = tag.dataset.hash === now;
}

// Names on this record that have not signed yet, and those that the caller knows.
function names(q) {
  const { answers } = q.run.state;
  const there = Object.keys(answers).filter((path) => /^(inspectors|companions)\/[^/]+\/name$/.test(path)).map((path) => answers[path]);
  const done = rowsAt(answers, q.path).map((id) => answers[`${q.path}/${id}/name`]);
  return [...new Set([...(q.run.hooks.signers?.() || []), ...there])].filter((name) => !done.includes(name));
}

function sign(q, show) {
  openSheet(t("form.sign"), (close) => {
    const known = names(q);
    const name = h("input.field", { "aria-label": t("form.signer"), placeholder: t("form.signer"), maxlength: 40, value: known[0] || "" });
    const pen = penOf();
    const done = () => {
      if (!name.value.trim()) name.focus();
      else if (pen.strokes()) keep(q, name.value.trim(), pen.strokes()).then(show).then(close);
    };
    return [
      known.length > 1 && h("div.buttons", null, known.map((one) => button(one, () => (name.value = one), "wide"))),
      name, h("p.quiet", null, t("form.draw")), pen.canvas,
      h("div.buttons", null, button(t("form.clear"), pen.clear, "wide"), button(t("form.done"), done, "primary wide")),
    ];
  });
}

async function keep(q, name, strokes) {
  const row = { name, strokes, signed_at: q.run.context().now, content_hash: await contentHash(q.run.result.answers) };
  const path = `${q.path}/${newId()}`;
  q.put(true, path);
  for (const [cell, value] of Object.entries(row)) q.put(value, `${path}/${cell}`);
}

// Strokes are kept as integers in the box, and drawn as they will be read: from the same path.
function penOf() {
  const canvas = h("canvas.pen", { width: BOX[0] * 2, height: BOX[1] * 2, "aria-label": t("form.draw"), role: "img" });
  const paper = canvas.getContext("2d");
  let d = "";
  let last = null;
  const point = (event) => [event.offsetX / canvas.offsetWidth, event.offsetY / canvas.offsetHeight]
    .map((part, n) => Math.round(Math.min(Math.max(part, 0), 1) * BOX[n]));
  const ink = (command, [x, y]) => {
    d += `${command}${x} ${y}`;
    last = [x, y];
    paper.clearRect(0, 0, ...BOX);
    paper.stroke(new Path2D(d));
  };
  Object.assign(paper, { lineWidth: 3, lineCap: "round", lineJoin: "round" });
  paper.scale(2, 2);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    ink("M", point(event));
    ink("L", last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const [x, y] = point(event);
    if (Math.hypot(x - last[0], y - last[1]) >= 2) ink("L", [x, y]);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (last = null));
  const clear = () => {
    d = "";
    paper.clearRect(0, 0, ...BOX);
  };
  return { canvas, clear, strokes: () => d };
}
