/**
 * The tables of state.db, a list of steps: a database of version n has had the first n of them. Steps are only ever added.
 * Times are milliseconds since 1970. JSON columns hold what no query looks into.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE images (
    target TEXT PRIMARY KEY, descriptor TEXT NOT NULL, id TEXT NOT NULL, added INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX images_id ON images (id);
  CREATE TABLE names (name TEXT PRIMARY KEY, target TEXT NOT NULL REFERENCES images ON DELETE CASCADE) STRICT;
  CREATE INDEX names_target ON names (target);
  -- A layer's compressed forms, as made here or seen in a registry.
  CREATE TABLE layer_blobs (
    diff_id TEXT NOT NULL, compression TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (diff_id, compression)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX layer_blobs_digest ON layer_blobs (digest);
  CREATE TABLE leases (id TEXT PRIMARY KEY, owner TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
  CREATE TABLE lease_blobs (
    lease TEXT NOT NULL REFERENCES leases ON DELETE CASCADE, digest TEXT NOT NULL, PRIMARY KEY (lease, digest)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE containers (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    image TEXT NOT NULL, image_id TEXT NOT NULL, image_target TEXT NOT NULL, snapshot_parent TEXT,
    config TEXT NOT NULL, status TEXT NOT NULL, state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX containers_image ON containers (image_target);
  CREATE TABLE networks (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, driver TEXT NOT NULL, config TEXT NOT NULL
  ) STRICT;
  -- The owner is a container, or (with a process in the config) a build that has borrowed an address.
  CREATE TABLE endpoints (
    container TEXT NOT NULL, network TEXT NOT NULL REFERENCES networks,
    address TEXT, config TEXT NOT NULL, PRIMARY KEY (container, network), UNIQUE (network, address)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ports (
    protocol TEXT NOT NULL, host_port INTEGER NOT NULL, host_ip TEXT NOT NULL,
    container TEXT NOT NULL REFERENCES containers ON DELETE CASCADE, container_port INTEGER NOT NULL,
    PRIMARY KEY (protocol, host_port, host_ip)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE volumes (name TEXT PRIMARY KEY, created INTEGER NOT NULL, driver TEXT NOT NULL, config TEXT NOT NULL) STRICT;
  CREATE TABLE volume_uses (
    volume TEXT NOT NULL REFERENCES volumes, container TEXT NOT NULL REFERENCES containers ON DELETE CASCADE, PRIMARY KEY (volume, container)
  ) STRICT, WITHOUT ROWID;

  -- What a build step made, by the step's cache key.
  CREATE TABLE build_cache (
    key TEXT PRIMARY KEY, result TEXT NOT NULL, size INTEGER NOT NULL, description TEXT NOT NULL,
    created INTEGER NOT NULL, used INTEGER NOT NULL, uses INTEGER NOT NULL DEFAULT 1
  ) STRICT;
  CREATE TABLE build_cache_blobs (
    key TEXT NOT NULL REFERENCES build_cache ON DELETE CASCADE, digest TEXT NOT NULL, PRIMARY KEY (key, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX build_cache_blobs_digest ON build_cache_blobs (digest);
  -- The inputs each step of a target had when it was last built: what a miss is explained with.
  CREATE TABLE build_inputs (
    target TEXT NOT NULL, step TEXT NOT NULL, inputs TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (target, step)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE builds (
    id TEXT PRIMARY KEY, started INTEGER NOT NULL, finished INTEGER, name TEXT NOT NULL, status TEXT NOT NULL, record TEXT NOT NULL
  ) STRICT;

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, type TEXT NOT NULL, action TEXT NOT NULL,
    actor TEXT NOT NULL, attributes TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Where layers can be had from that need not be here.
  CREATE TABLE layer_origins (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, reference TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- Uploads to registries that were begun and not ended: where to go on with them.
  CREATE TABLE upload_sessions (key TEXT PRIMARY KEY, location TEXT NOT NULL, updated INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- What registries know images by that were given to them in another form than they have here.
  CREATE TABLE pushed (
    target TEXT NOT NULL REFERENCES images ON DELETE CASCADE, repository TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (target, repository)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pushed_digest ON pushed (digest);
  `,
];
