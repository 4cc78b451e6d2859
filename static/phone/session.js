// Whose phone this is: its key, its enrolment, the people who work with it. One database for the device, one per person.

import { fresh } from "./core.js";
import { erase, open } from "./db.js";
import { asJson, httpWire } from "./wire.js";

export const DEVICE = "fieldsync";

/** Return the device's database. */
export function openDevice() {
  return open(DEVICE);
}

/** Return {device, people, current, settings} as the phone keeps them. */
export async function known(device) {
  const [id, people, current, settings] = await Promise.all(["device", "people", "current", "settings"].map((key) => device.get("meta", key)));
  return { device: id, people: people || {}, current: current || "", settings: { language: "zh", theme: "light", size: "normal", ...settings } };
}

/** Keep one of the device's values. */
export function keep(device, key, value) {
  return device.write(["meta"], (tx) => tx.put("meta", value, key));
}

/** Make a key that never leaves this phone and enrol its public half with a one-time code. */
export async function enrol(device, code, name, app) {
  const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  // Kept before it is enrolled: a phone whose browser cannot keep a key must not be.
  await keep(device, "new key", key);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
  const sent = { code, public_key: { kty, crv, x, y }, name, app };
  const { device: id } = await asJson(httpWire()("POST", "/api/v1/devices/enrol", sent));
  await device.write(["meta"], async (tx) => {
    await tx.put("meta", { id, name, key }, "device");
    await tx.delete("meta", "new key");
  });
  return id;
}

/** Sign a person in on this phone; what he left here unsent is there again. */
export async function signIn(device, login, password) {
  const { device: own, people } = await known(device);
  const sent = { username: login, password, device: own?.id || "" };
  const { token, user } = await asJson(httpWire()("POST", "/api/v1/session", sent));
  const person = { ...user, login, token, contact: Date.now() };
  const store = await openPerson(person);
  store.close();
  await keep(device, "people", { ...people, [person.id]: person });
  await keep(device, "current", person.id);
  return person;
}

/** Sign out: the token ends, the work stays on the phone and waits for its author. */
export async function signOut(device) {
  const { people, current } = await known(device);
  const person = people[current];
  await httpWire(() => person.token)("DELETE", "/api/v1/session").catch(() => {});
  await keep(device, "people", { ...people, [current]: { ...person, token: "" } });
  await keep(device, "current", "");
}

/** Change what is known of a person. */
export async function notePerson(device, id, more) {
  await device.write(["meta"], async (tx) => {
    const people = await tx.get("meta", "people");
    await tx.put("meta", { ...people, [id]: { ...people[id], ...more } }, "people");
  });
}

/** Return a person's database. */
export async function openPerson({ id, cell }) {
  const store = await open(`${DEVICE}-${id}`);
  await store.write(["meta"], async (tx) => {
    if (!(await tx.get("meta", "sync"))) await tx.put("meta", fresh(cell, id), "sync");
  });
  return store;
}

/** Erase this phone: everybody's work, the key, the enrolment. Languages and themes too. */
export async function eraseAll(device) {
  const { people } = await known(device);
  for (const id of Object.keys(people)) await erase(`${DEVICE}-${id}`);
  device.close();
  await erase(DEVICE);
}
