import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { collect, tryLock, type CacheEntry, type PruneCacheOptions, type PrunedCache } from '@caisson/core';
import { cacheMountFolder } from '../exec/cache-mounts.js';
import type { BuilderHost } from '../host.js';
import { forgetNotes } from './notes.js';

type Row = { digest: string | null; key: string; size: number; description: string; created: number; used: number; uses: number };

interface Found {
  readonly entry: CacheEntry;
  /** False where it is in use. */
  readonly forget: () => boolean;
}

/** What the cache holds, most recently used first. Several keys of one layer are one entry. */
export function cacheUsage(host: BuilderHost): CacheEntry[] {
  return findEntries(host).map(({ entry }) => entry);
}

/** Forgets entries, least recently used first. What a build holds at this moment stays. */
export async function pruneCache(host: BuilderHost, { before, keepBytes, kind }: PruneCacheOptions = {}): Promise<PrunedCache> {
  const candidates = findEntries(host).filter(({ entry }) => (kind === undefined || entry.kind === kind) && (before === undefined || entry.used < before));
  let left = candidates.reduce((sum, { entry }) => sum + entry.bytes, 0);
  const gone: CacheEntry[] = [];
  for (const { entry, forget } of candidates.toReversed()) {
    if (keepBytes !== undefined && left <= keepBytes) break;
    if (!forget()) continue;
    left -= entry.bytes;
    gone.push(entry);
  }
  // Results without a layer, and what was noted of builds, take little room and go with the age of the rest.
  if (keepBytes === undefined && kind !== 'mount') {
    host.db.run('DELETE FROM build_cache WHERE used < ? AND key NOT IN (SELECT key FROM build_cache_blobs)', before?.getTime() ?? Number.MAX_SAFE_INTEGER);
    forgetNotes(host, before);
  }
  const execution = await host.execution().catch(() => undefined);
  if (gone.length > 0) await collect({ db: host.db, content: host.content, ...(execution ? { snapshotter: execution.snapshotter } : {}) });
  return { entries: gone, bytes: gone.reduce((sum, entry) => sum + entry.bytes, 0) };
}

/** Of the disk that the store lies on. */
const shareOfDisk = 0.1;

/** Keeps the cache within a tenth of the disk. When it has grown beyond, a fifth of that goes at once, so that not every build prunes. */
export async function boundCache(host: BuilderHost, limit = diskBytes(host.content.root) * shareOfDisk): Promise<void> {
  const row = host.db.get<{ bytes: number | null }>('SELECT sum(size) AS bytes FROM (SELECT max(c.size) AS size FROM build_cache c JOIN build_cache_blobs b ON b.key = c.key GROUP BY b.digest)');
  if ((row?.bytes ?? 0) > limit) await pruneCache(host, { kind: 'layer', keepBytes: limit * 0.8 });
}

function diskBytes(path: string): number {
  const { blocks, bsize } = statfsSync(path);
  return blocks * bsize;
}

function findEntries(host: BuilderHost): Found[] {
  return [...layerEntries(host), ...mountEntries(host)].sort((a, b) => b.entry.used.getTime() - a.entry.used.getTime());
}

function layerEntries({ db }: BuilderHost): Found[] {
  const rows = db.all<Row>('SELECT b.digest, c.key, c.size, c.description, c.created, c.used, c.uses FROM build_cache c JOIN build_cache_blobs b ON b.key = c.key ORDER BY c.used DESC, c.created');
  const byDigest = new Map<string, Row[]>();
  for (const row of rows) if (row.digest !== null) byDigest.set(row.digest, [...(byDigest.get(row.digest) ?? []), row]);
  return [...byDigest].map(([id, all]) => ({
    entry: {
      id,
      kind: 'layer' as const,
      bytes: all[0]?.size ?? 0,
      description: all[0]?.description ?? '',
      created: new Date(Math.min(...all.map((row) => row.created))),
      used: new Date(Math.max(...all.map((row) => row.used))),
      uses: all.reduce((sum, row) => sum + row.uses, 0),
    },
    forget: () => {
      db.transaction(() => {
        for (const { key } of all) db.run('DELETE FROM build_cache WHERE key = ?', key);
      });
      return true;
    },
  }));
}

function mountEntries({ cacheFolder }: BuilderHost): Found[] {
  const root = cacheMountFolder(cacheFolder);
  return list(root).flatMap(({ name }): Found[] => {
    const folder = join(root, name);
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (!stats) return [];
    const id = mountId(folder) ?? name;
    return [{ entry: { id, kind: 'mount', bytes: sizeOf(folder), description: `cache mount ${id}`, created: stats.birthtime, used: stats.mtime, uses: 1 }, forget: () => removeMount(folder) }];
  });
}

/** Not one that a RUN is using: these hold locks. */
function removeMount(folder: string): boolean {
  const locks: Disposable[] = [];
  try {
    for (const name of ['making', 'lock', ...list(folder).flatMap(({ name }) => (/^\d+$/.test(name) ? [`lock-${name}`] : []))]) {
      const lock = tryLock(join(folder, name));
      if (!lock) return false;
      locks.push(lock);
    }
    const aside = `${folder}.gone`;
    renameSync(folder, aside);
    rmSync(aside, { recursive: true, force: true });
    return true;
  } finally {
    for (const lock of locks) lock[Symbol.dispose]();
  }
}

function mountId(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'id'), 'utf8');
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats ? stats.blocks * 512 : 0;
  return list(path).reduce((sum, { name }) => sum + sizeOf(join(path, name)), 0);
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
