// The way out of a broken phone: everything that waits, as one tar file that the county imports.

const BLOCK = 512;

/** Return the file: `outbox.json` with operations, photos, tracks and drafts, then every file that is on this phone only. */
export async function exported(app) {
  const { store, person, device } = app;
  const [waiting, held, files, photos, drafts, track] = await Promise.all([
    store.all("ops", "waiting"), store.all("ops", "top"), store.all("files"), store.all("photos"), store.all("drafts"), store.get("meta", "track"),
  ]);
  const ops = [...waiting, ...held.filter((op) => op.status === "held")];
  const content = {
    login: person.login, person: person.id, device: device.id, app: `pwa/${app.version}`, exported_at: new Date().toISOString(),
    ops: ops.map((op) => op.content), photos, drafts, tracks: track ? [track] : [],
  };
  const open = photos.filter((photo) => drafts.some((draft) => draft.id === photo.parent));
  const hashes = new Set([...files.filter((file) => file.waiting).map((file) => file.sha256), ...open.map((photo) => photo.sha256)]);
  const parts = [entry("outbox.json", new TextEncoder().encode(JSON.stringify(content)).buffer)];
  for (const hash of hashes) {
    const bytes = await store.get("bytes", hash);
    if (bytes) parts.push(entry(`files/${hash}`, bytes));
  }
  const name = `fieldsync-${person.login}-${content.exported_at.slice(0, 10)}.tar`;
  return new File([...parts.flat(), new Uint8Array(2 * BLOCK)], name, { type: "application/x-tar" });
}

/** Return header, bytes and padding of one file (POSIX ustar). */
function entry(name, bytes) {
  const header = new Uint8Array(BLOCK);
  const write = (at, text) => header.set(new TextEncoder().encode(text), at);
  const octal = (number, digits) => number.toString(8).padStart(digits, "0");
  write(0, name);
  write(100, "0000600\0");
  write(108, "0000000\0");
  write(116, "0000000\0");
  write(124, `${octal(bytes.byteLength, 11)}\0`);
  write(136, `${octal(Math.floor(Date.now() / 1000), 11)}\0`);
  write(148, "        ");
  write(156, "0");
  write(257, "ustar\x0000");
  write(148, `${octal(header.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return [header, bytes, new Uint8Array((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK)];
}
