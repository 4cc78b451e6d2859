// Leaflet and PMTiles: fetched once, when the map is first shown.

const once = new Map();
const at = (path) => new URL(path, import.meta.url).href;

/** Fetch a script or a style sheet, given relative to this folder; a failure may be tried again. */
export function need(path) {
  if (!once.has(path)) {
    once.set(path, added(path).catch((error) => {
      once.delete(path);
      throw error;
    }));
  }
  return once.get(path);
}

function added(path) {
  const isStyle = path.endsWith(".css");
  const element = document.createElement(isStyle ? "link" : "script");
  Object.assign(element, isStyle ? { rel: "stylesheet", href: at(path) } : { src: at(path) });
  return new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = () => {
      element.remove();
      reject(new Error(path));
    };
    document.head.append(element);
  });
}
