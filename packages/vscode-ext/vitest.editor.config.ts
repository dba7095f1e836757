import { defineConfig } from 'vitest/config';

/** Tests in a real editor, which need code-server, Chromium and what is built: apart from those that run on the sources alone. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/editor/**/*.editor.ts'],
    // Far more than any takes: on a machine that has much else to do an editor is slow to open.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 90_000 } },
    // One editor and one browser are what two cores can bear.
    maxWorkers: 1,
    bail: 0,
  },
});
