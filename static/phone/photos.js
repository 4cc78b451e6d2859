// Photos: the bytes as the camera wrote them, safe before anything else; then sealed by the device's key.

import { base64url, newId, sha256 } from "../lib/ids.js";

const BEFORE_MS = 10_000;
const AFTER_MS = 5_000;
// A photo that is hardly larger than its preview goes as it is.
const NEEDS_PREVIEW = 400_000;

/** The bytes that were read back are not those that were stored. */
export class BadStorage extends Error {}

/** The photos of one person; `device` holds key and counter of the phone, `place` knows where it is. */
export class Photos {
  constructor(store, device, place, settings) {
    Object.assign(this, { store, device, place, settings, sealing: Promise.resolve() });
  }

  /** Keep a file of the camera for a record; return the photo once it was stored and read back. */
  async keep(file, { parent, question = "", role = "" }) {
    const shutter = Math.min(Date.now(), Math.max(file.lastModified || 0, Date.now() - AFTER_MS));
    const bytes = await file.arrayBuffer();
    const photo = {
      id: newId(), parent, question, role, sha256: await sha256(bytes), size: bytes.byteLength,
      type: file.type || "application/octet-stream", at: new Date(shutter).toISOString(), unsealed: 1,
    };
    await this.store.write(["photos", "bytes"], (tx) => Promise.all([tx.put("photos", photo), tx.put("bytes", bytes, photo.sha256)]));
    const back = await this.store.get("bytes", photo.sha256);
    if (!back || (await sha256(back)) !== photo.sha256) throw new BadStorage(photo.sha256);
    this.sealing = this.sealing.then(() => this.finish(photo, bytes)).catch(() => {});
    return photo;
  }

  /** Make the preview and the seal of a stored photo; after a crash the next start does it. */
  async finish(photo, bytes) {
    const preview = bytes.byteLength > NEEDS_PREVIEW ? await this.shrink(bytes, photo.type).catch(() => null) : null;
    if (preview) Object.assign(photo, { preview_sha256: await sha256(preview), preview_size: preview.byteLength });
    await this.seal(photo);
    await this.store.write(["photos", "bytes"], async (tx) => {
      if (preview) await tx.put("bytes", preview, photo.preview_sha256);
      // Dropped meanwhile: then nothing comes back.
      if (await tx.get("photos", photo.id)) await tx.put("photos", photo);
    });
  }

  /** Seal those that a crash left unsealed, and wait for those that are being sealed. */
  async settle() {
    await this.sealing;
    for (const photo of await this.store.all("photos", "unsealed")) {
      const bytes = await this.store.get("bytes", photo.sha256);
      if (bytes) await this.finish(photo, bytes);
    }
  }

  /** Sign what was seen at the shutter; exactly the signed bytes are kept and sent. */
  async seal(photo) {
    const fix = await this.fix(Date.parse(photo.at));
    const { id, key } = await this.device.get("meta", "device");
    await navigator.locks.request("fieldsync-claims", async () => {
      const { counter = 0, prev = "" } = (await this.device.get("meta", "claims")) || {};
      const { sha256: hash, size, type, at, parent } = photo;
      const claim = { sha256: hash, size, type, time: at, fix, record: parent, device: id, counter: counter + 1, prev };
      const bytes = new TextEncoder().encode(JSON.stringify(claim));
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, bytes);
      const next = { counter: counter + 1, prev: await sha256(bytes) };
      await this.device.write(["meta"], (tx) => tx.put("meta", next, "claims"));
      Object.assign(photo, { fix, claim: base64url(bytes), signature: base64url(signature) });
    });
    delete photo.unsealed;
  }

  /** Return the best fix from 10 s before to 5 s after the shutter, or null: then nothing is claimed. */
  async fix(shutter) {
    const left = shutter + AFTER_MS - Date.now();
    if (left > 0) await this.place.wait(left);
    return this.place.best(shutter - BEFORE_MS, shutter + AFTER_MS);
  }

  /** Return a preview (JPEG, upright) of at most PREVIEW_PX pixels. */
  async shrink(bytes, type) {
    const picture = await createImageBitmap(new Blob([bytes], { type }));
    const scale = Math.min(1, this.settings.PREVIEW_PX / Math.max(picture.width, picture.height));
    const blob = await drawn(picture, scale, () => {});
    picture.close();
    return blob.arrayBuffer();
  }

  /** Return the operations that announce photos of a record. */
  announce(photos) {
    return photos.map((photo) => ({
      action: "photo.add", id: photo.id, parent: photo.parent,
      set: filled({
        sha256: photo.sha256, size: photo.size, claim: photo.claim, signature: photo.signature, device_time: photo.at,
        capture_source: "file_input_camera", role: photo.role, question: photo.question, caption: photo.caption,
        preview_sha256: photo.preview_sha256,
      }),
    }));
  }

  /** Within the transaction that announces photos: give their files to the outbox, previews first. */
  release(tx, photos) {
    const files = photos.flatMap((photo) => [
      photo.preview_sha256 && { sha256: photo.preview_sha256, size: photo.preview_size, kind: "preview" },
      { sha256: photo.sha256, size: photo.size, kind: "original" },
    ]);
    const waiting = files.filter(Boolean).map((file) => tx.put("files", { ...file, waiting: 1, url: "", made: Date.now() }));
    return Promise.all([...waiting, ...photos.map((photo) => tx.put("photos", { ...photo, announced: true }))]);
  }

  /** Return a picture to show: the preview or the original that this phone has, or null. */
  async picture(photo) {
    const bytes = (photo.preview_sha256 && (await this.store.get("bytes", photo.preview_sha256))) || (await this.store.get("bytes", photo.sha256));
    return bytes ? new Blob([bytes], { type: photo.type || "image/jpeg" }) : null;
  }

  /** Return a copy to share, with lines of text on it; the record stays the archive. */
  async watermarked(blob, lines) {
    const picture = await createImageBitmap(blob);
    const scale = Math.min(1, this.settings.PREVIEW_PX / Math.max(picture.width, picture.height));
    return drawn(picture, scale, (pen, width, height) => write(pen, width, height, lines));
  }
}

function drawn(picture, scale, more) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  more(pen, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.8));
}

function write(pen, width, height, lines) {
  const size = Math.max(12, Math.round(width / 32));
  const top = height - size * 1.4 * lines.length - size * 0.6;
  pen.fillStyle = "rgba(0, 0, 0, .55)";
  pen.fillRect(0, top, width, height - top);
  pen.fillStyle = "#fff";
  pen.font = `${size}px sans-serif`;
  lines.forEach((line, n) => pen.fillText(line, size * 0.5, top + size * 1.4 * (n + 1), width - size));
}

function filled(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== "" && value !== null));
}
