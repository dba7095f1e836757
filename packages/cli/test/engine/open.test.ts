import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/engine/open.js';

describe.skipIf(process.platform !== 'linux')('the backend (needs Linux)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisson-open-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const roots = (name: string) => ({ dataRoot: join(folder, name), runRoot: join(folder, `${name}-run`) });

  it('is that of the host', async () => {
    await using engine = openEngine(roots('own'));
    const { runtime, problem = '' } = await engine.system.info();
    expect(problem).not.toContain('Windows');
    expect(runtime?.name).not.toBe('hyperv');
  });

  it('can be another, which says why it does not run here', async () => {
    await using engine = openEngine({ ...roots('other'), backend: 'hyperv' });
    const { runtime, problem } = await engine.system.info();
    expect(runtime).toBeUndefined();
    expect(problem).toBe('the Windows backend runs on Windows, not on linux');
  });
});
