// IndexedDB as promises. Every write is one strict transaction: it is on the disk, all of it, or it never was.

// Entry n brings a database of version n to n + 1. Only ever add: an old page may still have the database open.
const MIGRATIONS = [
  (db) => {
    db.createObjectStore("meta");
    const rows = db.createObjectStore("rows", { keyPath: "id" });
    rows.createIndex("type", "type");
    rows.createIndex("scope", "scopes", { multiEntry: true });
    rows.createIndex("parent", "parent");
    const ops = db.createObjectStore("ops", { keyPath: "made", autoIncrement: true });
    ops.createIndex("op", "content.op", { unique: true });
    ops.createIndex("about", "content.id");
    // Present only while it holds: not yet acknowledged; still to be shown above what was pulled.
    ops.createIndex("waiting", "waiting");
    ops.createIndex("top", "top");
    ops.createIndex("acked_at", "acked_at");
    db.createObjectStore("drafts", { keyPath: "id" });
    const photos = db.createObjectStore("photos", { keyPath: "id" });
    photos.createIndex("parent", "parent");
    photos.createIndex("unsealed", "unsealed");
    const files = db.createObjectStore("files", { keyPath: "sha256" });
    files.createIndex("waiting", "waiting");
    // Bytes lie apart: whoever lists records or photos must not load them.
    db.createObjectStore("bytes");
    db.createObjectStore("points", { autoIncrement: true }).createIndex("track", "track");
  },
];

/** The phone's storage is full: nothing was written, nothing was lost. */
export class StorageFull extends Error {}

/** Return the database `name`, made or migrated where needed. */
export function open(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, MIGRATIONS.length);
    request.onupgradeneeded = (event) => {
      MIGRATIONS.slice(event.oldVersion).forEach((migrate) => migrate(request.result, request.transaction));
    };
    request.onsuccess = () => resolve(new Store(request.result));
    request.onerror = () => reject(request.error);
  });
}

/** Delete the database `name` with all that is in it. */
export function erase(name) {
  return settled(indexedDB.deleteDatabase(name));
}

/** One open database. */
export class Store {
  constructor(db) {
    this.db = db;
    this.name = db.name;
    // Another page erases or migrates: let it.
    db.onversionchange = () => db.close();
  }

  /** Return the value of a key. */
  get(store, key) {
    return this.read(store, (it) => it.get(key));
  }

  /** Return all values, or those of an index at `range`; at most `count`. */
  all(store, index = "", range = null, count = undefined) {
    return this.read(store, (it) => (index ? it.index(index) : it).getAll(range, count));
  }

  /** Return how many there are. */
  count(store, index = "", range = undefined) {
    return this.read(store, (it) => (index ? it.index(index) : it).count(range));
  }

  /** Run one read. */
  read(store, ask) {
    return settled(ask(this.db.transaction(store).objectStore(store)));
  }

  /** Do `work(tx)` in one strict read-write transaction; all of it counts, or nothing. */
  async write(stores, work) {
    const transaction = this.db.transaction(stores, "readwrite", { durability: "strict" });
    const done = finished(transaction);
    done.catch(() => {});
    let result;
    try {
      result = await work(new Writing(transaction));
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended by itself already; the reason is what `work` said.
      }
      throw translated(error);
    }
    await done;
    return result;
  }

  /** Close the database. */
  close() {
    this.db.close();
  }
}

/** What a piece of work inside a transaction may do. */
class Writing {
  constructor(transaction) {
    this.transaction = transaction;
  }

  get(store, key) {
    return settled(this.transaction.objectStore(store).get(key));
  }

  all(store, index = "", range = null) {
    const it = this.transaction.objectStore(store);
    return settled((index ? it.index(index) : it).getAll(range));
  }

  keys(store, index, range) {
    return settled(this.transaction.objectStore(store).index(index).getAllKeys(range));
  }

  put(store, value, key = undefined) {
    return settled(this.transaction.objectStore(store).put(value, key));
  }

  add(store, value) {
    return settled(this.transaction.objectStore(store).add(value));
  }

  delete(store, key) {
    return settled(this.transaction.objectStore(store).delete(key));
  }

  clear(store) {
    return settled(this.transaction.objectStore(store).clear());
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(translated(request.error));
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(translated(transaction.error || new Error("aborted")));
  });
}

function translated(error) {
  return error?.name === "QuotaExceededError" ? new StorageFull("storage is full") : error;
}
