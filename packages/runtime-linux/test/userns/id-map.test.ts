import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { idMapFor, ociMapping, releaseIds } from '../../src/userns/id-map.js';
import { freshFolder } from '../support/folders.js';

describe('the IDs of a container', () => {
  const runRoot = freshFolder('userns');
  afterAll(() => rmSync(runRoot, { recursive: true, force: true }));

  it.each([undefined, '', 'host'])('are the host’s with --userns %s', (mode) => expect(idMapFor(mode, 'a', runRoot)).toBeUndefined());

  it('are its own with auto, as long as it is there', () => {
    const [a, b] = [idMapFor('auto', 'a', runRoot), idMapFor('private', 'b', runRoot)];
    expect(a?.uids).toMatchObject({ count: 65536 });
    expect(a?.uids.start).toBeGreaterThanOrEqual(0x80000);
    expect(b?.uids.start).not.toBe(a?.uids.start);
    expect(idMapFor('auto', 'a', runRoot)).toEqual(a);
    releaseIds('a', runRoot);
    expect(idMapFor('auto', 'c', runRoot)).toEqual(a);
    for (const id of ['b', 'c', 'nobody']) releaseIds(id, runRoot);
    expect(readdirSync(join(runRoot, 'user-namespaces'))).toEqual([]);
  });

  it.each([
    ['what', /unknown user namespace mode "what"/],
    ['auto:size=3', /unknown user namespace mode/],
    ['keep-id', /keep-id is not supported/],
    ['remap:nosuchuser', /nosuchuser has no range of 65536 IDs/],
  ])('are refused with --userns %s', (mode, why) => expect(() => idMapFor(mode, 'a', runRoot)).toThrow(why));

  it('are written as the OCI runtime takes them', () => expect(ociMapping({ start: 524288, count: 65536 })).toEqual([{ containerID: 0, hostID: 524288, size: 65536 }]));
});
