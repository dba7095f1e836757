import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, systemCode, type Digest, type SnapshotUsage } from '@caisson/core';

/** What a snapshot's folder says of itself, in `info.json` beside its files in `fs`. */
export interface SnapshotRecord {
  readonly name: string;
  readonly kind: 'committed' | 'active' | 'view';
  readonly parent?: Digest;
  readonly created: string;
  /** Of a committed one: the boot of the machine in which its files were written, or were last found whole. */
  readonly boot?: string;
  /** Its files have been found whole after a later boot: they are on the disk. */
  readonly proven?: boolean;
  /** Links in `l/` to the layers of its parents, topmost first; a committed one's own link comes before them. */
  readonly layers: readonly string[];
}

/**
 * Where snapshots lie on disk:
 *
 *     committed/<hex of the ChainID>/   fs, info.json; usage.json once it has been measured
 *     active/<key>/                     fs, work, info.json; a view has no work
 *     l/<short name>                    links to the fs of committed ones: mount(2) takes but a page of options, and 60 layers must fit
 *     trash/                            what is being deleted
 *
 * Each folder comes to its place by one rename, complete, and leaves it the same way.
 */
export class SnapshotFolders {
  readonly root: string;

  /** @throws CaissonError `invalid-argument` for a root that mount options cannot express. */
  constructor(root: string) {
    if (/[,:\\]/.test(root)) throw new CaissonError('invalid-argument', `the folder for snapshots may not have a comma, colon or backslash in its path: ${root}`);
    this.root = root;
  }

  committed(name: Digest): string {
    return join(this.root, 'committed', name.slice(name.indexOf(':') + 1));
  }

  active(key: string): string {
    const plain = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$/.test(key);
    return join(this.root, 'active', plain ? key : `=${createHash('sha256').update(key).digest('hex')}`);
  }

  /** By either kind of name. */
  of(name: string): string {
    return isChainId(name) ? this.committed(name) : this.active(name);
  }

  link(short: string): string {
    return join(this.root, 'l', short);
  }

  read(folder: string): SnapshotRecord | undefined {
    let text: string;
    try {
      text = readFileSync(join(folder, 'info.json'), 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
    try {
      return JSON.parse(text) as SnapshotRecord;
    } catch (cause) {
      throw new CaissonError('corrupt', `the snapshot's record ${folder}/info.json cannot be read`, { cause, hint: 'caisson system check --repair' });
    }
  }

  /** What a snapshot takes, from `usage.json` beside its files, or measured and kept there. */
  remembered(folder: string, measure: () => SnapshotUsage): SnapshotUsage {
    const path = join(folder, 'usage.json');
    try {
      const { bytes, inodes } = JSON.parse(readFileSync(path, 'utf8')) as SnapshotUsage;
      if (Number.isSafeInteger(bytes) && Number.isSafeInteger(inodes)) return { bytes, inodes };
    } catch {
      // Not measured yet.
    }
    const usage = measure();
    try {
      writeFileSync(`${path}.${process.pid}`, JSON.stringify(usage), { mode: 0o600 });
      renameSync(`${path}.${process.pid}`, path);
    } catch {
      // It is measured again the next time.
    }
    return usage;
  }

  write(folder: string, record: SnapshotRecord): void {
    const aside = join(folder, '.info.json');
    writeFileSync(aside, JSON.stringify(record), { mode: 0o600 });
    renameSync(aside, join(folder, 'info.json'));
  }

  /** A new folder, made aside. The owner and mode of its root are those of `like`. */
  make(record: SnapshotRecord, like: string | undefined): string {
    const aside = this.aside('new');
    mkdirSync(join(aside, 'fs'), { recursive: true, mode: 0o755 });
    if (record.kind === 'active') mkdirSync(join(aside, 'work'), { mode: 0o700 });
    const stat = like === undefined ? undefined : statSync(like);
    if (stat) {
      if (stat.uid !== 0 || stat.gid !== 0) chownSync(join(aside, 'fs'), stat.uid, stat.gid);
      chmodSync(join(aside, 'fs'), stat.mode & 0o7777);
    } else chmodSync(join(aside, 'fs'), 0o755); // whatever the umask
    this.write(aside, record);
    return aside;
  }

  aside(what: string): string {
    return join(this.root, 'trash', `${what}-${process.pid}-${randomBytes(6).toString('hex')}`);
  }

  /** Gives a committed layer its short name. The link may lead nowhere yet. */
  linkFor(name: Digest): string {
    const hex = name.slice(name.indexOf(':') + 1);
    mkdirSync(join(this.root, 'l'), { recursive: true, mode: 0o700 });
    const target = `../committed/${hex}/fs`;
    for (let length = 10; ; length += 6) {
      const short = hex.slice(0, length);
      try {
        symlinkSync(target, this.link(short));
        return short;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      if (length >= hex.length || readlinkSync(this.link(short)) === target) return short;
    }
  }

  *folders(kind: 'committed' | 'active'): Generator<string, void> {
    let names: string[] = [];
    try {
      names = readdirSync(join(this.root, kind));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    for (const name of names) yield join(this.root, kind, name);
  }
}

export function isChainId(name: string): name is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(name);
}
