// Distances and directions, against values known from elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bearing, distance, nearest } from "../../static/lib/geo.js";

const near = (value, other, within) => assert.ok(Math.abs(value - other) <= within, `${value} is not ${other}`);

test("distance: a degree of latitude, a degree of longitude at 60 degrees, half the globe", () => {
  near(distance({ lat: 25, lon: 117 }, { lat: 26, lon: 117 }), 111195, 1);
  near(distance({ lat: 60, lon: 10 }, { lat: 60, lon: 11 }), 55597, 5);
  near(distance({ lat: 0, lon: 0 }, { lat: 0, lon: 180 }), Math.PI * 6371008.8, 1);
  assert.equal(distance({ lat: 25.3, lon: 117.4 }, { lat: 25.3, lon: 117.4 }), 0);
});

test("distance: Fuzhou to Xiamen, to a kilometre", () => {
  near(distance({ lat: 26.0745, lon: 119.2965 }, { lat: 24.4798, lon: 118.0894 }), 214900, 1000);
});

test("bearing: the eight winds, and across the date line", () => {
  const from = { lat: 25, lon: 117 };
  const side = (lat, lon) => bearing(from, { lat: 25 + lat, lon: 117 + lon });
  near(side(0.01, 0), 0, 0.001);
  near(side(0, 0.01), 90, 0.01);
  near(side(-0.01, 0), 180, 0.001);
  near(side(0, -0.01), 270, 0.01);
  near(side(0.01, 0.01 / Math.cos((25 * Math.PI) / 180)), 45, 0.05);
  near(bearing({ lat: 0, lon: 179.9 }, { lat: 0, lon: -179.9 }), 90, 0.001);
});

test("nearest: by distance, and without those that have no place", () => {
  const list = [{ id: "far", lat: 25.5, lon: 117 }, { id: "none" }, { id: "by", lat: 25.01, lon: 117 }];
  assert.deepEqual(nearest(list, { lat: 25, lon: 117 }).map(([item]) => item.id), ["by", "far"]);
  near(nearest(list, { lat: 25, lon: 117 })[0][1], 1112, 1);
});
