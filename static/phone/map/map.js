// The map: own sites, the way, the township's outline, where one stands; with a pack the county's picture below.
// Places are WGS 84 throughout. Loaded on the map page alone.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { bearing, distance, nearest } from "../../lib/geo.js";
import { addGrid } from "./grid.js";
import { need } from "./load.js";
import { packLayer } from "./pack.js";
import { addPins } from "./pins.js";
import "./words.js";

const FUJIAN = [[23.4, 115.8], [28.4, 120.8]];
const NEAR = 16;
const SILENCE_S = 60;

/**
 * Draw a map into `container`. `onSite(id)` hears of a tapped site; a silence of the track longer than `silence`
 * seconds is a gap. Return {destroy, setPosition, setSites, setTrack, setOutlines, setPack, fit}.
 */
export async function createMap(container, { onSite = () => {}, silence = SILENCE_S } = {}) {
  await Promise.all([need("../../vendor/leaflet.js"), need("../map.css")]);
  const box = h("div.map-box", { role: "application", "aria-label": t("map.label") });
  const readout = h("p.map-readout", { hidden: true });
  container.append(box, readout);
  const map = L.map(box, {
    preferCanvas: true, zoomControl: false, attributionControl: false, boxZoom: false, minZoom: 5, maxZoom: 19,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.fitBounds(FUJIAN);
  const paint = painter(map, container);
  addGrid(map, paint);
  L.control.scale({ imperial: false }).addTo(map);
  const state = { sites: [], fix: null, follows: false, measure: null, outlines: [] };
  const chart = { map, box, state, paint, setSites: addPins(map, onSite), say: (text) => say(readout, text) };
  const bar = tools(chart);
  container.append(bar);
  const stop = watch(chart);
  return {
    destroy: () => (stop(), map.remove(), [box, readout, bar].forEach((each) => each.remove())),
    setPosition: place(chart),
    setSites: (sites) => (chart.setSites((state.sites = sites)), point(chart)),
    setTrack: way(chart, silence * 1000),
    setOutlines: outlines(chart),
    setPack: pack(chart),
    fit: () => fit(chart),
  };
}

// Colours and sizes

/** Return paint(layer, style): `style(color)` gives the options of a layer in the colours of the present theme. */
function painter(map, container) {
  const color = (name, other) => getComputedStyle(container).getPropertyValue(name).trim() || other;
  return (layer, style) => {
    layer.repaint = () => layer.setStyle(style(color));
    layer.repaint();
    return layer;
  };
}

function watch({ map, box, state, ...rest }) {
  const themes = new MutationObserver(() => map.eachLayer((layer) => layer.repaint?.()));
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const sizes = new ResizeObserver(() => {
    map.invalidateSize();
    if (state.unfit) fit({ map, state, ...rest });
  });
  sizes.observe(box);
  return () => (themes.disconnect(), sizes.disconnect());
}

function say(readout, text) {
  readout.hidden = !text;
  readout.textContent = text;
}

/** Show the chosen site with one's own place, else all sites, else the outline. */
function fit({ map, state }, all = false) {
  const { sites, fix } = state;
  state.unfit = !map.getSize().x;
  const chosen = sites.filter((site) => site.chosen && !all);
  const places = [...(chosen.length ? chosen : sites), ...(fix ? [fix] : [])].map(({ lat, lon }) => [lat, lon]);
  const view = places.length ? L.latLngBounds(places) : state.outline?.getLayers().length ? state.outline.getBounds() : FUJIAN;
  map.fitBounds(view, { padding: [56, 56], maxZoom: NEAR });
}

// What is on it

function place(chart) {
  const { map, state, paint } = chart;
  const arrow = h("i.map-heading");
  const icon = L.divIcon({ className: "map-me", html: h("span", null, arrow), iconSize: [32, 32] });
  const me = L.marker([0, 0], { icon, keyboard: false, interactive: false, zIndexOffset: 500 });
  const around = L.circle([0, 0], { interactive: false });
  paint(around, (color) => ({ color: color("--me", "#0a5bd3"), weight: 1, fillOpacity: 0.12 }));
  return (fix) => {
    state.fix = fix;
    for (const layer of [around, me]) fix ? layer.setLatLng([fix.lat, fix.lon]).addTo(map) : layer.remove();
    if (fix) around.setRadius(fix.accuracy || 0);
    arrow.hidden = !Number.isFinite(fix?.heading);
    arrow.style.transform = `rotate(${fix?.heading || 0}deg)`;
    if (fix && state.follows) map.panTo([fix.lat, fix.lon]);
    point(chart);
  };
}

/** Draw the line to the chosen site, else tell of the nearest. */
function point({ map, state, paint, say: tell }) {
  const { fix, sites, measure } = state;
  state.line?.remove();
  const chosen = sites.find((site) => site.chosen);
  const target = fix && (chosen || nearest(sites, fix)[0]?.[0]);
  if (target && chosen) {
    const ends = [fix, target].map(({ lat, lon }) => [lat, lon]);
    const style = (color) => ({ color: color("--ink", "#000"), weight: 3, dashArray: "2 8" });
    state.line = paint(L.polyline(ends, { interactive: false }), style).addTo(map);
  }
  if (!measure) tell(target ? t("map.to", { name: target.name || "", way: told(fix, target) }) : "");
}

/** Return direction and distance in words: "东北 420 米". */
function told(from, to) {
  const side = t("map.sides").split(" ")[Math.round(bearing(from, to) / 45) % 8];
  return t("map.way", { side, far: far(distance(from, to)) });
}

function far(metres) {
  return metres < 1000 ? t("map.m", { n: Math.round(metres) }) : t("map.km", { n: (metres / 1000).toFixed(metres < 1e4 ? 2 : 1) });
}

function way({ map, paint }, silence) {
  const group = L.layerGroup().addTo(map);
  const style = (color) => ({ color: color("--way", "#a0308c"), weight: 4, fillOpacity: 1 });
  return (points) => {
    group.clearLayers();
    const parts = [];
    points.forEach((point, n) => {
      if (!n || point.at - points[n - 1].at > silence) parts.push([]);
      parts[parts.length - 1].push([point.lat, point.lon]);
    });
    if (parts.length) group.addLayer(paint(L.polyline(parts, { interactive: false }), style));
    // Both ends of each part, so that a gap is seen for one.
    for (const end of new Set(parts.flatMap((part) => [part[0], part[part.length - 1]]))) {
      group.addLayer(paint(L.circleMarker(end, { radius: 4, interactive: false }), style));
    }
  };
}

function outlines({ map, state, paint }) {
  const style = (color) => ({ color: color("--green", "#0b6b3a"), weight: 3, dashArray: "8 6", fill: false });
  return (list) => {
    state.outline?.remove();
    state.outline = L.geoJSON(list, { interactive: false }).addTo(map);
    state.outline.eachLayer((layer) => paint(layer, style));
  };
}

function pack({ map, state }) {
  return async (bytes) => {
    const wanted = (state.wanted = {});
    const layer = bytes && (await packLayer(bytes));
    if (wanted !== state.wanted) return;
    state.pack?.remove();
    state.pack = layer && layer.addTo(map);
  };
}

// Tools

function tools(chart) {
  const { map, state, say: tell } = chart;
  const button = (key, onclick, sign) => h("button", { type: "button", onclick, "aria-label": sign ? t(key) : null }, sign || t(key));
  const follow = (on) => me.setAttribute("aria-pressed", (state.follows = on));
  const me = button("map.me", () => {
    if (!state.fix) return tell(t("map.noplace"));
    follow(true);
    map.setView([state.fix.lat, state.fix.lon], Math.max(NEAR, map.getZoom()));
  });
  const all = button("map.all", () => (follow(false), state.sites.length ? fit(chart, true) : tell(t("map.nosites"))));
  const measure = measurer(chart);
  const rule = button("map.measure", () => rule.setAttribute("aria-pressed", measure()));
  map.on("dragstart", () => follow(false));
  follow(false);
  rule.setAttribute("aria-pressed", false);
  const zoom = [button("map.nearer", () => map.zoomIn(), "+"), button("map.farther", () => map.zoomOut(), "−")];
  return h("div.map-tools", { role: "group", "aria-label": t("map.tools") }, zoom, me, all, rule);
}

/** Return what turns measuring on and off. */
function measurer(chart) {
  const { map, box, state, paint, say: tell } = chart;
  const style = (color) => ({ color: color("--ink", "#000"), weight: 4, fillOpacity: 1 });
  const line = paint(L.polyline([], { interactive: false }), style);
  const add = ({ lat, lng: lon }) => {
    const places = state.measure;
    places.push({ lat, lon });
    line.setLatLngs(places.map((place) => [place.lat, place.lon]));
    const total = places.reduce((sum, place, n) => sum + (n && distance(places[n - 1], place)), 0);
    const last = places.length - 1;
    tell(last ? t("map.sum", { way: told(places[last - 1], places[last]), total: far(total) }) : t("map.next"));
  };
  map.on("click", ({ latlng }) => state.measure && add(latlng));
  box.addEventListener("keydown", ({ key, target }) => state.measure && key === "Enter" && target === box && add(map.getCenter()));
  return () => {
    state.measure = state.measure ? null : [];
    line.setLatLngs([]);
    if (state.measure) {
      line.addTo(map);
      tell(t("map.first"));
    } else {
      line.remove();
      point(chart);
    }
    return Boolean(state.measure);
  };
}
