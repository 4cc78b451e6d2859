// The county's pictures under the map: PMTiles out of the phone's own store.

import { need } from "./load.js";

const TYPES = { 2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif" };

/** Return a layer of the tiles in `bytes` (ArrayBuffer or Blob). */
export async function packLayer(bytes) {
  await need("../../vendor/pmtiles.js");
  const { PMTiles } = globalThis.pmtiles;
  const archive = new PMTiles({
    getKey: () => "pack",
    getBytes: async (offset, length) => {
      const part = bytes.slice(offset, offset + length);
      return { data: part instanceof Blob ? await part.arrayBuffer() : part };
    },
  });
  const { minZoom, maxZoom, tileType } = await archive.getHeader();
  const Layer = L.GridLayer.extend({ createTile: (at, done) => tile(archive, TYPES[tileType], at, done) });
  return new Layer({ minNativeZoom: minZoom, maxNativeZoom: maxZoom, maxZoom: 19 });
}

function tile(archive, type, { z, x, y }, done) {
  const image = new Image();
  image.alt = "";
  archive.getZxy(z, x, y).then((found) => {
    if (!found) return done(null, image);
    const url = URL.createObjectURL(new Blob([found.data], { type }));
    image.onload = image.onerror = () => {
      URL.revokeObjectURL(url);
      done(null, image);
    };
    image.src = url;
  }).catch((error) => done(error, image));
  return image;
}
