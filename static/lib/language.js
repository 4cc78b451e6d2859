// Words of the screens: Chinese first, English second, all from catalogues.

const words = new Map();
let index = 0;

/** Add a catalogue {key: [Chinese, English]}. */
export function addWords(catalogue) {
  for (const [key, pair] of Object.entries(catalogue)) words.set(key, pair);
}

/** Return the words of `key` in the person's language, with {name} filled in from `values`. */
export function t(key, values = {}) {
  const pair = words.get(key);
  if (!pair) throw new Error(`no words for ${key}`);
  return pair[index].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Return the one of two labels that the person reads. */
export function pick(pair) {
  return pair[index] || pair[0];
}

/** Return the language of the screens: "zh" or "en". */
export function language() {
  return index ? "en" : "zh";
}

/** Choose the language of the screens. */
export function setLanguage(name) {
  index = name === "en" ? 1 : 0;
  document.documentElement.lang = index ? "en" : "zh-CN";
}
