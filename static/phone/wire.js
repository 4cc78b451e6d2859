// One request and its answer. Whatever is no answer of FieldSync is no signal: the phone cannot tell what arrived.

const PATIENCE_MS = 60_000;
const WORTH_GZIP = 800;
const OURS = /^(application\/(json|problem\+json|x-ndjson|octet-stream)|image\/)/;

/** The request did not arrive or its answer was lost; `slow` where time ran out, `portal` where a stranger answered. */
export class NoSignal extends Error {
  constructor(reason) {
    super(reason);
    this.slow = reason === "slow" || reason === "cut";
    this.portal = reason === "portal";
  }
}

/** The server refused: `status`, `problem` (RFC 9457) and the seconds after which to come back. */
export class Refused extends Error {
  constructor(status, problem, retryAfter = 0) {
    super(problem.title || `HTTP ${status}`);
    Object.assign(this, { status, problem, retryAfter, name: (problem.type || "").split("/").pop() });
  }
}

/** Return a wire(method, path, body, headers) that signs in with `token()`; `told()` gives more headers. */
export function httpWire(token = () => "", told = () => ({}), patience = PATIENCE_MS) {
  return async (method, path, body = null, headers = {}) => {
    const sent = { ...told(), ...headers };
    if (token()) sent.Authorization = `Bearer ${token()}`;
    const content = await packed(body, sent);
    const answer = await reach(path, { method, headers: sent, body: content }, patience);
    if (answer.status < 400 && (answer.status === 204 || method === "HEAD" || isOurs(answer))) return answer;
    throw await refusal(answer);
  };
}

/** Return the JSON of an answer that is awaited. */
export async function asJson(answer) {
  try {
    return await (await answer).json();
  } catch (error) {
    throw error instanceof Refused || error instanceof NoSignal ? error : new NoSignal("cut");
  }
}

async function packed(body, headers) {
  if (body === null || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body;
  headers["Content-Type"] = "application/json";
  const text = JSON.stringify(body);
  if (text.length < WORTH_GZIP || !self.CompressionStream) return text;
  headers["Content-Encoding"] = "gzip";
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

async function reach(path, request, patience) {
  const timer = new AbortController();
  const ringing = setTimeout(() => timer.abort(), patience);
  try {
    const answer = await fetch(path, { ...request, cache: "no-store", credentials: "omit", redirect: "error", signal: timer.signal });
    // The body too must come before the patience ends.
    return request.method === "HEAD" || answer.status === 204 ? answer : new Response(await answer.arrayBuffer(), answer);
  } catch {
    throw new NoSignal(timer.signal.aborted ? "slow" : "lost");
  } finally {
    clearTimeout(ringing);
  }
}

function isOurs({ headers }) {
  return OURS.test(headers.get("Content-Type") || "") || headers.has("Tus-Resumable");
}

async function refusal(answer) {
  if (answer.status < 400 || !isOurs(answer)) return new NoSignal("portal");
  return new Refused(answer.status, await problem(answer), Number(answer.headers.get("Retry-After")) || 0);
}

async function problem(answer) {
  return answer.json().catch(() => ({}));
}
