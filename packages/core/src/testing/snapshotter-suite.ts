import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { isCaissonError, type ErrorCode } from '../errors.js';
import type { Digest } from '../model/digest.js';
import type { Mount, Snapshotter } from '../runtime/snapshotter.js';
import type { Case } from './case.js';

export interface SnapshotterHarness {
  /** A snapshotter with nothing in it. */
  readonly open: () => Promise<Snapshotter>;
  /** Mounts a snapshot for the time of `use`. */
  readonly mounted: <T>(mounts: readonly Mount[], use: (path: string) => T | Promise<T>) => Promise<T>;
}

const name = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

/** What every snapshotter must do. */
export function snapshotterSuite({ open, mounted }: SnapshotterHarness): Case[] {
  const layer = async (snapshotter: Snapshotter, key: string, parent: Digest | undefined, as: Digest, write: (root: string) => void) => {
    await mounted(await snapshotter.prepare(key, parent), write);
    await snapshotter.commit(key, as);
  };
  const cases: Record<string, (snapshotter: Snapshotter) => Promise<void>> = {
    'an active snapshot is written to and becomes a committed one': async (snapshotter) => {
      await mounted(await snapshotter.prepare('work', undefined), (root) => writeFileSync(join(root, 'file'), 'content'));
      assert.equal((await snapshotter.stat('work'))?.kind, 'active');
      await snapshotter.commit('work', name('a'));
      assert.equal(await snapshotter.stat('work'), undefined);
      const info = await snapshotter.stat(name('a'));
      assert.equal(info?.kind, 'committed');
      assert.equal(info.parent, undefined);
      await mounted(await snapshotter.view('look', name('a')), (root) => assert.equal(readFileSync(join(root, 'file'), 'utf8'), 'content'));
    },
    'a child has its parents’ files, and its changes stay its own': async (snapshotter) => {
      await layer(snapshotter, 'one', undefined, name('a'), (root) => {
        writeFileSync(join(root, 'kept'), '1');
        writeFileSync(join(root, 'changed'), '1');
        writeFileSync(join(root, 'deleted'), '1');
        mkdirSync(join(root, 'folder'));
        writeFileSync(join(root, 'folder/below'), '1');
      });
      await layer(snapshotter, 'two', name('a'), name('b'), (root) => {
        writeFileSync(join(root, 'changed'), '2');
        rmSync(join(root, 'deleted'));
        rmSync(join(root, 'folder'), { recursive: true });
        mkdirSync(join(root, 'folder'));
        writeFileSync(join(root, 'folder/new'), '2');
      });
      await mounted(await snapshotter.prepare('three', name('b')), (root) => {
        assert.deepEqual(readdirSync(root).filter((entry) => entry !== 'lost+found').sort(), ['changed', 'folder', 'kept']);
        assert.deepEqual(readdirSync(join(root, 'folder')), ['new']);
        assert.equal(readFileSync(join(root, 'changed'), 'utf8'), '2');
        writeFileSync(join(root, 'kept'), '3');
      });
      await mounted(await snapshotter.view('first', name('a')), (root) => {
        assert.equal(readFileSync(join(root, 'changed'), 'utf8'), '1');
        assert.equal(readFileSync(join(root, 'kept'), 'utf8'), '1');
        assert.ok(existsSync(join(root, 'deleted')));
        assert.deepEqual(readdirSync(join(root, 'folder')), ['below']);
      });
      assert.equal((await snapshotter.stat('three'))?.parent, name('b'));
    },
    'two children of one parent do not see each other': async (snapshotter) => {
      await layer(snapshotter, 'base', undefined, name('a'), () => {});
      await mounted(await snapshotter.prepare('left', name('a')), (root) => writeFileSync(join(root, 'left'), ''));
      await mounted(await snapshotter.prepare('right', name('a')), (root) => assert.equal(existsSync(join(root, 'left')), false));
    },
    'what was written is there again at the next mount': async (snapshotter) => {
      await layer(snapshotter, 'base', undefined, name('a'), () => {});
      await mounted(await snapshotter.prepare('key', name('a')), (root) => writeFileSync(join(root, 'file'), 'content'));
      await mounted(await snapshotter.mounts('key'), (root) => assert.equal(readFileSync(join(root, 'file'), 'utf8'), 'content'));
    },
    'the mode of the root folder is kept': async (snapshotter) => {
      await layer(snapshotter, 'base', undefined, name('a'), (root) => chmodSync(root, 0o751));
      await mounted(await snapshotter.prepare('key', name('a')), (root) => assert.equal(statSync(root).mode & 0o7777, 0o751));
    },
    'a view cannot be written to, nor committed': async (snapshotter) => {
      await layer(snapshotter, 'base', undefined, name('a'), (root) => writeFileSync(join(root, 'file'), ''));
      await layer(snapshotter, 'more', name('a'), name('b'), (root) => writeFileSync(join(root, 'file2'), ''));
      for (const [key, parent] of [['one', name('a')], ['two', name('b')]] as const) {
        await mounted(await snapshotter.view(key, parent), (root) => assert.throws(() => writeFileSync(join(root, 'file'), 'x'), { code: 'EROFS' }));
        assert.equal((await snapshotter.stat(key))?.kind, 'view');
        await refused(snapshotter.commit(key, name('c')), 'invalid-argument');
      }
    },
    'a key is taken once, a parent must be there': async (snapshotter) => {
      await snapshotter.prepare('key', undefined);
      await refused(snapshotter.prepare('key', undefined), 'already-exists');
      await refused(snapshotter.prepare('other', name('f')), 'not-found');
      await refused(snapshotter.view('other', name('f')), 'not-found');
      await refused(snapshotter.mounts('nobody'), 'not-found');
      await refused(snapshotter.commit('nobody', name('f')), 'not-found');
      await refused(snapshotter.usage('nobody'), 'not-found');
      assert.equal(await snapshotter.stat('nobody'), undefined);
    },
    'an equal name committed twice keeps the first and drops the second': async (snapshotter) => {
      await layer(snapshotter, 'one', undefined, name('a'), (root) => writeFileSync(join(root, 'file'), '1'));
      await layer(snapshotter, 'two', undefined, name('a'), (root) => writeFileSync(join(root, 'file'), '1'));
      assert.equal(await snapshotter.stat('two'), undefined);
      const names = [];
      for await (const info of snapshotter.list()) names.push(info.name);
      assert.deepEqual(names, [name('a')]);
    },
    'a parent is not removed before its children': async (snapshotter) => {
      await layer(snapshotter, 'base', undefined, name('a'), () => {});
      await layer(snapshotter, 'more', name('a'), name('b'), () => {});
      await snapshotter.prepare('top', name('b'));
      await refused(snapshotter.remove(name('a')), 'in-use');
      await refused(snapshotter.remove(name('b')), 'in-use');
      await snapshotter.remove('top');
      await snapshotter.remove(name('b'));
      await snapshotter.remove(name('a'));
      for await (const info of snapshotter.list()) assert.fail(`${info.name} is left`);
    },
    'removing what is not there does nothing': async (snapshotter) => {
      await snapshotter.remove('nobody');
      await snapshotter.remove(name('f'));
    },
    'a removed key can be used again, and is empty': async (snapshotter) => {
      await mounted(await snapshotter.prepare('key', undefined), (root) => writeFileSync(join(root, 'file'), ''));
      await snapshotter.remove('key');
      await mounted(await snapshotter.prepare('key', undefined), (root) => assert.equal(existsSync(join(root, 'file')), false));
    },
    'usage is that of the snapshot alone': async (snapshotter) => {
      await layer(snapshotter, 'base', undefined, name('a'), (root) => writeFileSync(join(root, 'large'), Buffer.alloc(1 << 20, 1)));
      await mounted(await snapshotter.prepare('key', name('a')), (root) => writeFileSync(join(root, 'small'), 'x'));
      const [base, key] = [await snapshotter.usage(name('a')), await snapshotter.usage('key')];
      assert.ok(base.bytes >= 1 << 20, `${base.bytes} bytes`);
      assert.ok(key.bytes < 1 << 20, `${key.bytes} bytes`);
      assert.equal(key.inodes, 2);
    },
    'a hundred and twenty layers make one root file system': async (snapshotter) => {
      let parent: Digest | undefined;
      for (let index = 0; index < 120; index++) {
        const as = `sha256:${createHash('sha256').update(String(index)).digest('hex')}` as Digest;
        await layer(snapshotter, `layer-${index}`, parent, as, (root) => {
          writeFileSync(join(root, `file-${index}`), String(index));
          writeFileSync(join(root, 'last'), String(index));
        });
        parent = as;
      }
      await mounted(await snapshotter.prepare('top', parent), (root) => {
        assert.equal(readdirSync(root).filter((entry) => entry.startsWith('file-')).length, 120);
        assert.equal(readFileSync(join(root, 'last'), 'utf8'), '119');
      });
    },
    'keys may be any text': async (snapshotter) => {
      for (const key of ['with/slash', '..', 'ümlaut and space', 'x'.repeat(300)]) {
        await mounted(await snapshotter.prepare(key, undefined), (root) => writeFileSync(join(root, 'file'), key));
        assert.equal((await snapshotter.stat(key))?.name, key);
        await snapshotter.remove(key);
        assert.equal(await snapshotter.stat(key), undefined);
      }
    },
  };
  return Object.entries(cases).map(([title, body]) => ({ name: title, run: async () => body(await open()) }));
}

async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => isCaissonError(error, code));
}
