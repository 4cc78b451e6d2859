// The calendar of patrols by mouse: a task is dropped onto a day or a person. What is sent is the page's own form,
// as its button sends it, and what comes back is shown: without this module the form does the same.

import { newId } from "../lib/ids.js";

const TARGETS = "[data-day], [data-person]";
const box = document.getElementById("calendar");
const said = document.getElementById("said");
let taken = null;

box.addEventListener("dragstart", take);
box.addEventListener("dragover", offer);
box.addEventListener("dragleave", (event) => event.target.closest?.(TARGETS)?.classList.remove("over"));
box.addEventListener("drop", drop);
box.addEventListener("dragend", letGo);
arm();

/** Let the open tasks be dragged whole: a link would be dragged by itself. */
function arm() {
  for (const task of box.querySelectorAll("[data-task]")) {
    task.draggable = true;
    for (const link of task.querySelectorAll("a")) link.draggable = false;
  }
}

function take(event) {
  taken = event.target.closest("[data-task]");
  if (!taken) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", taken.querySelector("a").textContent);
  box.classList.add("dragging");
}

function offer(event) {
  const target = event.target.closest(TARGETS);
  if (!taken || !target) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  target.classList.add("over");
}

function drop(event) {
  const target = event.target.closest(TARGETS);
  if (!taken || !target) return;
  event.preventDefault();
  const task = taken;
  letGo();
  if (!isThere(task, target)) move(task, target);
}

function letGo() {
  taken = null;
  box.classList.remove("dragging");
  for (const target of box.querySelectorAll(".over")) target.classList.remove("over");
}

function isThere(task, { dataset }) {
  return dataset.day ? task.closest("[data-day]").dataset.day === dataset.day : task.dataset.people === dataset.person;
}

/** Put a task where it was dropped, ask the county, and show the answer; without one it goes back. */
async function move(task, target) {
  const back = lay(task, target);
  try {
    const page = await send(task, target.dataset);
    const fresh = page.getElementById("calendar");
    if (!fresh) throw new Error(page.querySelector("h1")?.textContent.trim());
    box.replaceChildren(...fresh.childNodes);
    arm();
    said.textContent = "";
    box.querySelector(`[data-task="${task.dataset.task}"] a`)?.focus();
  } catch (error) {
    back();
    said.textContent = `${error instanceof TypeError ? box.dataset.unanswered : error.message} ${box.dataset.back}`;
  }
}

/** Show a task in its new day as not yet certain; return what puts it back. */
function lay(task, target) {
  const [home, next] = [task.parentElement, task.nextSibling];
  if (target.dataset.day) target.append(task);
  task.classList.add("moving");
  return () => {
    home.insertBefore(task, next);
    task.classList.remove("moving");
  };
}

/** Send the page's form for one task: to a day, or to a person. */
async function send(task, { day = "", person = "" }) {
  const form = box.querySelector("form");
  const fields = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, op: newId(), day, person });
  fields.set("tasks", task.dataset.task);
  fields.set(`rev-${task.dataset.task}`, task.dataset.rev);
  const answer = await fetch(form.action, { method: "POST", body: fields });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}
