import { describe, expect, it } from 'vitest';
import { ociJson } from '../../src/spec/oci-json.js';
import type { OciProcess } from '../../src/spec/oci.js';

const process: OciProcess = { user: { uid: 0, gid: 0 }, args: ['echo', '"soft":-1,'], env: [], cwd: '/', rlimits: [{ type: 'RLIMIT_MEMLOCK', soft: -1, hard: -1 }, { type: 'RLIMIT_NOFILE', soft: 1024, hard: -1 }] };

describe('ociJson', () => {
  it('writes limits without end as the largest number of 64 bits, and nothing else so', () => {
    const text = ociJson(process);
    expect([...text.matchAll(/"(?:soft|hard)":(\d+)/g)].map(([, number]) => number)).toEqual(['18446744073709551615', '18446744073709551615', '1024', '18446744073709551615']);
    expect((JSON.parse(text) as OciProcess).args).toEqual(process.args);
  });

  it('writes again what it has read', () => {
    const text = ociJson(process);
    expect(ociJson(JSON.parse(text) as OciProcess)).toBe(text);
  });
});
