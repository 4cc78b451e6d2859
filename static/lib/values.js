// Values of expressions (text, number or boolean; absent is "") and answers as such: forms/values.py and readers.py.

const NUMBER = /^[ \t\r\n]*(-?(?:\d+(?:\.\d*)?|\.\d+))[ \t\r\n]*$/;
const MOMENT = /^([1-9]\d{3})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d:?\d\d)?)?$/;
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?$/;
const DAY = 86400;
const [FIRST_DAY, LAST_DAY] = [-354285, 2932896];

/** Tell whether a value is text. */
export const isText = (value) => typeof value === "string";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** Tell whether a value is anything but NaN. */
export const isSame = (value) => value === value;

/** Return a value as text. */
export function text(value) {
  return Array.isArray(value) ? (value.length ? text(value[0]) : "") : String(value === 0 ? 0 : value);
}

/** Return a value as a number; NaN for what is none. */
export function number(value, offset) {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (Array.isArray(value)) return value.length ? number(value[0], offset) : NaN;
  const found = NUMBER.exec(value);
  return found ? Number(found[1]) : days(value, offset);
}

/** Return a value as yes or no. */
export function truth(value) {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function days(moment, offset) {
  const found = MOMENT.exec(moment);
  if (!found) {
    const clock = CLOCK.exec(moment);
    return clock ? part(...clock.slice(1)) : NaN;
  }
  const [, year, month, date, hours, minute, seconds, zone] = found;
  const day = new Date(Date.UTC(year, month - 1, date));
  if (day.toISOString().slice(5, 10) !== `${month}-${date}`) return NaN;
  const count = day / 864e5;
  if (hours === undefined) return count;
  if (!CLOCK.test(moment.slice(11, 16)) || Number(seconds ?? 0) >= 60) return NaN;
  return count + (part(hours, minute, seconds) + (zone === undefined ? 0 : offset - minutes(zone)) / 1440);
}

function part(hours, minute, seconds = 0) {
  return (hours * 3600 + minute * 60 + Number(seconds)) / DAY;
}

function minutes(zone) {
  if (zone === "Z") return 0;
  const ahead = zone.slice(1, 3) * 60 + Number(zone.slice(-2));
  return zone[0] === "-" ? -ahead : ahead;
}

/** Return the minutes by which a moment's zone is ahead. */
export function zoneOf(moment) {
  const zone = MOMENT.exec(moment)?.[7];
  return zone ? minutes(zone) : 0;
}

/** Return a day counted from 1970 as text. */
export function dayText(day) {
  return day >= FIRST_DAY && day < LAST_DAY + 1 ? new Date(Math.floor(day) * 864e5).toISOString().slice(0, 10) : "";
}

/** Return a moment by a pattern of format-date. */
export function formatted(moment, pattern) {
  if (!(moment >= FIRST_DAY && moment < LAST_DAY)) return "";
  const then = new Date(Math.floor(moment * DAY + 0.5) * 1000);
  const [Y, m, d, H, M, S] = then.toISOString().split(/\D/);
  const parts = { Y, y: Y.slice(2), m, n: Number(m), d, e: Number(d), H, h: Number(H), M, S, 3: "000" };
  return pattern.replace(/%(.)/g, (_, letter) => parts[letter]);
}

/** Return a result as a record stores it; null for what is nothing. */
export function stored(value) {
  if (typeof value === "boolean") return value;
  if (typeof value !== "number") return text(value).normalize("NFC").trimEnd() || null;
  return Number.isFinite(value) && Math.abs(value) <= 2 ** 53 ? Number(value.toFixed(7)) + 0 : null;
}

/** Return what may stand as a value, else "". */
export const worth = (raw) => (["string", "number", "boolean"].includes(typeof raw) ? raw : "");

// Answers as values: [value, whether it has the right type].

const WRONG = ["", false];
const when = (good, value) => (good ? [value, true] : WRONG);

/** Return a position as [value, whether it is one]. */
export function point(lat, lon, accuracy) {
  if (lat == null && lon == null) return ["", true];
  const good = isNumber(lat) && isNumber(lon) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return when(good, `${text(lat)} ${text(lon)} 0 ${text(worth(accuracy))}`.replace(/ +$/, ""));
}

function line(raw) {
  const places = raw?.type === "LineString" && Array.isArray(raw.coordinates) ? raw.coordinates : [];
  const good = places.length && places.every((at) => Array.isArray(at) && isNumber(at[0]) && isNumber(at[1]));
  return good ? [places.map(([lon, lat]) => `${text(lat)} ${text(lon)} 0 0`).join(";"), true] : WRONG;
}

const readText = (raw) => when(isText(raw), raw);
const readNumber = (raw) => when(isNumber(raw), raw);
/** Answers of each kind as [value, whether it has the right type]. */
export const READERS = {
  text: readText,
  select_one: readText,
  select_multiple: () => WRONG,
  integer: (raw) => when(Number.isInteger(raw), raw),
  decimal: readNumber,
  range: readNumber,
  date: (raw) => when(isText(raw) && raw.length === 10 && isSame(days(raw, 0)), raw),
  time: (raw) => when(isText(raw) && CLOCK.test(raw), raw),
  datetime: (raw) => when(isText(raw) && raw[10] === "T" && isSame(days(raw, 0)), raw),
  acknowledge: (raw) => (raw === false ? ["", true] : when(raw === true, raw)),
  geopoint: (raw) => {
    const [value, good] = raw && typeof raw === "object" ? point(raw.lat, raw.lon, raw.accuracy) : WRONG;
    return when(good && value !== "", value);
  },
  geotrace: line,
  calculate: (raw) => [worth(raw), true],
};
