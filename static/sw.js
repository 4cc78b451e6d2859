// The worker that opens the app without a network. The server writes VERSION and FILES {path: SHA-256} in front of it.

const SHELL = `shell-${VERSION}`;
const START = "/phone.html";

addEventListener("install", (event) => event.waitUntil(fetchAll()));

addEventListener("activate", (event) => event.waitUntil(takeOver()));

// A page says when its drafts are saved; only then may the new version take its place.
addEventListener("message", (event) => {
  if (event.data === "activate") skipWaiting();
  if (event.data === "version") event.source.postMessage({ version: VERSION });
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  const path = event.request.mode === "navigate" && url.pathname === "/phone" ? START : url.pathname;
  if (path in FILES) event.respondWith(fromShell(path, event.request));
});

// Wake-up by the browser where it can: an open page does the work.
addEventListener("sync", (event) => event.waitUntil(wakePages()));

async function fetchAll() {
  const cache = await caches.open(SHELL);
  const before = await olderShells();
  await Promise.all(Object.keys(FILES).map((path) => keep(cache, path, before)));
}

async function olderShells() {
  const names = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL);
  return Promise.all(names.map((name) => caches.open(name)));
}

/** Keep a file only if it is the one that the list names: a portal's login page has another hash. */
async function keep(cache, path, before) {
  for (const older of before) {
    const known = await older.match(path);
    if (known && (await hashOf(known.clone())) === FILES[path]) return cache.put(path, known);
  }
  const answer = await fetch(path, { cache: "no-store", credentials: "omit", redirect: "error" });
  if (!answer.ok || (await hashOf(answer.clone())) !== FILES[path]) throw new Error(`another file: ${path}`);
  return cache.put(path, answer);
}

async function hashOf(answer) {
  const hash = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== SHELL).map((name) => caches.delete(name)));
  await clients.claim();
}

async function fromShell(path, request) {
  const known = await caches.open(SHELL).then((cache) => cache.match(path));
  return known || fetch(request);
}

async function wakePages() {
  for (const page of await clients.matchAll({ type: "window" })) page.postMessage("sync");
}
