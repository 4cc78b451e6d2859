// Distances and directions on the globe, in WGS 84; a place is {lat, lon} in degrees.

const RADIUS_M = 6_371_008.8;
const { sin, cos, asin, atan2, sqrt, PI } = Math;
const rad = (degrees) => (degrees * PI) / 180;

/** Return the metres between two places (haversine). */
export function distance(from, to) {
  const half = (one, other) => sin(rad(other - one) / 2) ** 2;
  const a = half(from.lat, to.lat) + cos(rad(from.lat)) * cos(rad(to.lat)) * half(from.lon, to.lon);
  return 2 * RADIUS_M * asin(sqrt(Math.min(1, a)));
}

/** Return the direction from one place to another: degrees from north, clockwise, 0 up to 360. */
export function bearing(from, to) {
  const turn = rad(to.lon - from.lon);
  const east = sin(turn) * cos(rad(to.lat));
  const north = cos(rad(from.lat)) * sin(rad(to.lat)) - sin(rad(from.lat)) * cos(rad(to.lat)) * cos(turn);
  return ((atan2(east, north) * 180) / PI + 360) % 360;
}

/** Return [item, metres] for every item of `list` that has a place, the nearest to `place` first. */
export function nearest(list, place) {
  const placed = list.filter((item) => Number.isFinite(item.lat) && Number.isFinite(item.lon));
  return placed.map((item) => [item, distance(place, item)]).sort((one, other) => one[1] - other[1]);
}
