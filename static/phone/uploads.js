// Files on their way (tus 1.0): where they go and how far they are is known before the first byte leaves.

import { NoSignal, Refused } from "./wire.js";

const LEAST = 32 << 10;
const MOST = 1 << 20;
const QUICK_MS = 1_500;
const LONG_MS = 6_000;
const RANKS = ["preview", "track", "original"];
const BYTES = "application/offset+octet-stream";

/** The files of one person that wait for the server. */
export class Uploads {
  constructor(store, wire, moved = () => {}) {
    Object.assign(this, { store, wire, moved, chunk: 256 << 10 });
  }

  /** Send what waits, previews first, as long as `allowed(kind)`; the first failure of the line ends it. */
  async run(allowed = () => true) {
    const waiting = (await this.store.all("files", "waiting")).filter((file) => !file.broken && allowed(file.kind));
    waiting.sort((one, other) => RANKS.indexOf(one.kind) - RANKS.indexOf(other.kind) || one.made - other.made);
    for (const file of waiting) await this.send(file);
  }

  async send(file) {
    const bytes = await this.store.get("bytes", file.sha256);
    if (!bytes) return this.note(file, { broken: "missing" });
    try {
      let offset = file.url ? await this.ask(file) : await this.begin(file);
      while (offset < file.size) offset = await this.piece(file, bytes, offset);
      return await this.note(file, { waiting: undefined, url: "", sent: file.size, done_at: Date.now() });
    } catch (error) {
      return this.failed(file, error);
    }
  }

  async begin(file) {
    const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": String(file.size), "Upload-Metadata": `sha256 ${btoa(file.sha256)}` };
    const answer = await this.wire("POST", "/api/v1/uploads", null, headers);
    const url = new URL(answer.headers.get("Location"), location.origin).pathname;
    await this.note(file, { url, sent: 0 });
    return Number(answer.headers.get("Upload-Offset")) || 0;
  }

  async ask(file) {
    const answer = await this.wire("HEAD", file.url, null, { "Tus-Resumable": "1.0.0" });
    return Number(answer.headers.get("Upload-Offset"));
  }

  async piece(file, bytes, offset) {
    const began = Date.now();
    const piece = bytes.slice(offset, offset + this.chunk);
    const headers = { "Tus-Resumable": "1.0.0", "Upload-Offset": String(offset), "Content-Type": BYTES };
    const answer = await this.wire("PATCH", file.url, piece, headers);
    this.fit(Date.now() - began);
    const sent = Number(answer.headers.get("Upload-Offset"));
    await this.note(file, { sent });
    return sent;
  }

  /** Fit the size of a piece to the line: a cut costs what is under way. */
  fit(ms) {
    if (ms < QUICK_MS) this.chunk = Math.min(this.chunk * 2, MOST);
    if (ms > LONG_MS) this.chunk = Math.max(this.chunk / 2, LEAST);
  }

  async note(file, more) {
    for (const [name, value] of Object.entries(more)) {
      if (value === undefined) delete file[name];
      else file[name] = value;
    }
    await this.store.write(["files"], (tx) => tx.put("files", file));
    this.moved(file);
  }

  /** Decide what a failure means; what the line did ends the round, what the server said concerns one file. */
  async failed(file, error) {
    if (error instanceof NoSignal) this.chunk = Math.max(this.chunk / 2, LEAST);
    if (!(error instanceof Refused) || [401, 403, 429, 503].includes(error.status)) throw error;
    // Gone, or another hash: a new upload begins at the next round. Two at once: the next round asks how far it is.
    if ([404, 410, 422].includes(error.status)) await this.note(file, { url: "", sent: 0, tries: (file.tries || 0) + 1 });
    if (error.status === 413 || file.tries > 3) await this.note(file, { broken: error.name || "refused" });
  }
}
