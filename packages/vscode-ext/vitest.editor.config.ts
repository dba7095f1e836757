import { defineConfig } from 'vitest/config';

/** Tests in a real editor, which need code-server, Chromium and what is built: apart from those that run on the sources alone. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/editor/**/*.editor.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // One editor and one browser are what two cores can bear.
    maxWorkers: 1,
    bail: 0,
  },
});
