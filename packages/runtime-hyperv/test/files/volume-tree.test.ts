import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaissonError, systemCode } from '@caisson/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { volumePath } from '../../src/files/volume-path.js';
import { VolumeTree, type PinnedFiles } from '../../src/files/volume-tree.js';
import { attribute } from '../../src/layers/file-info.js';

/** Windows' handles, as far as a walk knows them: what a name was when it was opened. */
class Handles implements PinnedFiles {
  readonly open = new Map<bigint, number>();
  #next = 1n;

  pin(path: string): bigint {
    let stat;
    try {
      stat = lstatSync(path);
    } catch (error) {
      throw new CaissonError(systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR' ? 'not-found' : 'internal', path, { cause: error });
    }
    const handle = this.#next++;
    this.open.set(handle, stat.isSymbolicLink() ? attribute.reparsePoint | attribute.directory : stat.isDirectory() ? attribute.directory : attribute.normal);
    return handle;
  }

  info(handle: bigint) {
    return { creation: 0n, access: 0n, write: 0n, change: 0n, attributes: this.open.get(handle) ?? 0 };
  }

  close(handle: bigint): void {
    expect(this.open.delete(handle)).toBe(true);
  }
}

let outer: string;
let handles: Handles;
let tree: VolumeTree;

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'volume-tree-'));
  const root = join(outer, 'root');
  mkdirSync(join(root, 'app', 'deep'), { recursive: true });
  writeFileSync(join(root, 'app', 'x'), 'x');
  writeFileSync(join(outer, 'secret'), 'secret');
  handles = new Handles();
  tree = new VolumeTree(root, handles, '/');
});

afterEach(() => {
  tree[Symbol.dispose]();
  expect(handles.open.size).toBe(0);
  rmSync(outer, { recursive: true });
});

const find = (path: string) => tree.find(volumePath(path))?.names.join('/');
const link = (name: string, target: string) => symlinkSync(target, join(outer, 'root', name));

it('finds files, folders and the root, and holds the folders on the way', () => {
  expect(find('/app/x')).toBe('app/x');
  expect(handles.open.size).toBe(1);
  expect(find('/app/deep/..')).toBe('app');
  expect(find('/')).toBe('');
  expect(find('/app/x/y')).toBeUndefined();
  expect(find('/app/none')).toBeUndefined();
  expect(find('/app/x/')).toBeUndefined();
});

it('follows links within the volume only', () => {
  link('absolute', 'C:\\app');
  link('rooted', '\\app');
  link('relative', 'app\\deep\\..');
  link('up', '..\\..\\..\\..\\app');
  for (const name of ['absolute', 'rooted', 'relative', 'up']) {
    expect(find(`/${name}`)).toBe(name);
    expect(find(`/${name}/`)).toBe('app');
    expect(find(`/${name}/x`)).toBe('app/x');
    expect(tree.follow(tree.find(volumePath(`/${name}`))!)?.names.join('/')).toBe('app');
  }
  // On the machine that this runs on, too, these lead out.
  link('out', outer);
  link('upwards', '../secret');
  link('drive', 'D:\\app');
  link('share', '\\\\server\\share');
  for (const name of ['out', 'upwards', 'drive', 'share']) {
    expect(find(`/${name}/`)).toBeUndefined();
    expect(find(`/${name}/secret`)).toBeUndefined();
    expect(tree.follow(tree.find(volumePath(`/${name}`))!)).toBeUndefined();
  }
});

it('gives up on links that go in a circle', () => {
  link('one', 'two');
  link('two', 'one');
  expect(find('/one/')).toBeUndefined();
  expect(tree.follow(tree.find(volumePath('/one'))!)).toBeUndefined();
});

it('takes no names that Windows takes for something else', () => {
  writeFileSync(join(outer, 'root', 'a:b'), '');
  writeFileSync(join(outer, 'root', 'nul'), '');
  expect(tree.look('a:b')).toBeUndefined();
  expect(tree.look('nul')).toBeUndefined();
  expect(tree.enter(['a:b'])).toBe(false);
});

it('makes folders that are missing, and does not go into one that has become a link', () => {
  expect(tree.enter(['new', 'er'], (location) => mkdirSync(location))).toBe(true);
  expect(tree.names).toEqual(['new', 'er']);
  expect(tree.enter([])).toBe(true);
  renameSync(join(outer, 'root', 'new'), join(outer, 'root', 'old'));
  link('new', outer);
  let been = false;
  tree.within('new', () => (been = true));
  expect(been).toBe(false);
  tree.within('app', () => {
    expect(tree.names).toEqual(['app']);
    tree.within('deep', () => expect(tree.names).toEqual(['app', 'deep']));
    expect(tree.names).toEqual(['app']);
  });
  expect(tree.names).toEqual([]);
});
