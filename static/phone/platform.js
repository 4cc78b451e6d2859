// What the device and its browser can do; a native shell would replace this file and no other.

/** Open the camera; return the file as the camera wrote it, or null where the person went back. */
export function takePhoto(camera = true) {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    if (camera) input.setAttribute("capture", "environment");
    input.className = "offscreen";
    input.hidden = true;
    input.onchange = () => finish(input.files[0] || null);
    input.oncancel = () => finish(null);
    const finish = (file) => {
      input.remove();
      resolve(file);
    };
    document.body.append(input);
    input.click();
  });
}

/** Watch the position with the best the device has; return what stops it. */
export function watchPosition(found, failed) {
  if (!navigator.geolocation) {
    failed({ code: 2 });
    return () => {};
  }
  const options = { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 };
  const watch = navigator.geolocation.watchPosition((position) => found(sample(position)), failed, options);
  return () => navigator.geolocation.clearWatch(watch);
}

function sample({ coords, timestamp }) {
  const { latitude, longitude, accuracy, altitude, heading, speed } = coords;
  const fix = { lat: round(latitude, 7), lon: round(longitude, 7), accuracy: round(accuracy, 1), time: new Date(timestamp).toISOString() };
  if (Number.isFinite(altitude)) fix.altitude = round(altitude, 1);
  if (Number.isFinite(heading)) fix.heading = round(heading, 0);
  if (Number.isFinite(speed)) fix.speed = round(speed, 1);
  return fix;
}

function round(number, places) {
  return Number(number.toFixed(places));
}

/** Keep the screen on where that can be done; return what lets go of it. */
export async function keepAwake() {
  let lock = null;
  const take = async () => {
    if (document.visibilityState === "visible") lock = await navigator.wakeLock?.request("screen").catch(() => null);
  };
  document.addEventListener("visibilitychange", take);
  await take();
  return () => {
    document.removeEventListener("visibilitychange", take);
    lock?.release();
  };
}

/** Make the phone shake, where it can. */
export function alertPerson() {
  navigator.vibrate?.([400, 200, 400]);
}

/** Hand a file to another app, or save it where sharing cannot be had. */
export async function shareFile(file) {
  if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file] }).catch(() => {});
  return saveFile(file);
}

/** Save a file in the phone's downloads. */
export function saveFile(file) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Ask that the browser never clears this phone's work away; return whether it agreed. */
export async function persist() {
  return (await navigator.storage?.persisted?.()) || (await navigator.storage?.persist?.()) || false;
}

/** Return bytes used and bytes allowed; zeros where the browser does not tell. */
export async function storage() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) || {};
  return { usage, quota };
}

/** Whether the line costs by the byte; unknown counts as free. */
export function isMetered() {
  return navigator.connection?.type === "cellular" || navigator.connection?.saveData === true;
}

/** Whether the page runs inside a chat app, which forgets what it stores. */
export function isInsideChat() {
  return /MicroMessenger|DingTalk|QQ\/|AlipayClient/i.test(navigator.userAgent);
}

/** Ask the browser to wake the app when there is a network again, where it can. */
export async function wakeLater(registration) {
  await registration?.sync?.register("outbox").catch(() => {});
}
