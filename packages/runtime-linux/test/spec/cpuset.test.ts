import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSet } from '../../src/spec/cpuset.js';

describe('sets of CPUs', () => {
  let folder: string;
  let online: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cpuset-'));
    online = join(folder, 'online');
    writeFileSync(online, '0-3,6\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['0', '0-3', '1,2', '0-1,6', '', undefined])('%s is taken', (wanted) => {
    checkSet('CPUs', wanted, online);
  });

  it.each(['4', '0-4', '0,5', '99'])('%s is not there', (wanted) => {
    expect(() => checkSet('CPUs', wanted, online)).toThrow(`the CPUs ${wanted} are not all there: this host has 0-3,6`);
  });

  it.each(['a', '1-', '3-1', '0,,1', '-1'])('%s is no list', (wanted) => {
    expect(() => checkSet('CPUs', wanted, online)).toThrow(/is not a list of CPUs/);
  });

  it('asks nothing of a kernel that does not tell', () => {
    checkSet('memory nodes', '7', join(folder, 'nothing'));
  });
});
