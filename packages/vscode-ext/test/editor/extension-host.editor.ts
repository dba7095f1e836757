import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { runInCodeServer } from './support/run-suite.js';

const folder = mkdtempSync(join(tmpdir(), 'caisson-suite-'));
writeFileSync(join(folder, 'Dockerfile'), 'FROM localhost/busybox:1\nMAINTAINER joe\nRUN cd /tmp\n');
const results = await runInCodeServer(folder, join(folder, 'results.json'));
rmSync(folder, { recursive: true, force: true });

// Mocha has run them already, where only it can: here each is told again, so that all is counted in one place.
describe('in the extension host of code-server', () => {
  for (const { title, state, error } of results)
    it.skipIf(state === 'pending')(title, () => {
      if (state === 'failed') throw new Error(error);
    });
});
