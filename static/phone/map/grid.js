// Lines of longitude and latitude with their degrees: a map even where there is no picture.

const STEPS = [5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];
const LINES = 4;

/** Keep lines on `map`; `paint(layer, style)` gives them the colours of the theme. */
export function addGrid(map, paint) {
  const group = L.layerGroup().addTo(map);
  const draw = () => {
    group.clearLayers();
    const view = map.getBounds();
    const [w, e, s, n] = [view.getWest(), view.getEast(), view.getSouth(), view.getNorth()];
    const step = STEPS.find((each) => each <= Math.min(e - w, n - s) / LINES * 1.5) || STEPS[STEPS.length - 1];
    for (const lon of between(w, e, step)) add([[s, lon], [n, lon]], [s, lon], `${text(lon, step)}E`, "bottom");
    for (const lat of between(s, n, step)) add([[lat, w], [lat, e]], [lat, w], `${text(lat, step)}N`, "left");
  };
  const add = (line, place, html, side) => {
    const style = (color) => ({ color: color("--edge", "#7a857f"), weight: 1, opacity: 0.4, interactive: false });
    group.addLayer(paint(L.polyline(line, { interactive: false }), style));
    const icon = L.divIcon({ className: `map-degrees ${side}`, html, iconSize: null });
    group.addLayer(L.marker(place, { icon, interactive: false, keyboard: false }));
  };
  map.on("moveend", draw);
  draw();
}

function between(from, to, step) {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, n) => (first + n) * step);
}

function text(value, step) {
  return `${value.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))}°`;
}
