// Sites as pins: shape, sign and colour tell their state; of many only those in view are there.

import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { nearest } from "../../lib/geo.js";

const MOST = 150;
const SIGNS = { lead: "?", open: "!", closing: "–", closed: "✓" };
const KINDS = {
  lead: "lead", verifying: "lead", integrated: "closing", closing: "closing", closed_pending: "closing",
  rectifying: "closing", accepted: "closed", monitoring: "closed", writeoff_requested: "closed", written_off: "closed",
  dismissed: "closed",
};

/** Keep pins on `map`; return set(sites), which takes [{id, name, lat, lon, status, chosen}]. */
export function addPins(map, onSite) {
  const pins = new Map();
  let all = [];
  const draw = () => {
    const { lat, lng: lon } = map.getCenter();
    const view = map.getBounds().pad(0.1);
    const near = nearest(all.filter((site) => site.chosen || view.contains([site.lat, site.lon])), { lat, lon });
    const shown = new Map(near.slice(0, MOST).map(([site]) => [site.id, site]));
    for (const [id, { site, marker }] of pins) if (shown.get(id) !== site) pins.delete(id) && marker.remove();
    for (const [id, site] of shown) if (!pins.has(id)) pins.set(id, { site, marker: pin(site, onSite).addTo(map) });
  };
  map.on("moveend", draw);
  return (sites) => {
    all = sites;
    draw();
  };
}

function pin(site, onSite) {
  const kind = KINDS[site.status] || "open";
  const label = t("map.site", { name: site.name || "", kind: t(`map.${kind}`) });
  const html = h("span", null, h("i", { class: kind }, h("b", null, SIGNS[kind])), h("span.name", null, site.name || ""));
  const icon = L.divIcon({ className: `map-pin${site.chosen ? " chosen" : ""}`, html, iconSize: [48, 48] });
  const marker = L.marker([site.lat, site.lon], { icon, title: label, zIndexOffset: site.chosen ? 1000 : 0 });
  const open = () => onSite(site.id);
  marker.on("click", open);
  marker.on("add", () => marker.getElement().setAttribute("aria-label", label));
  marker.on("keydown", ({ originalEvent: { key } }) => key === "Enter" && open());
  return marker;
}
