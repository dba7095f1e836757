import { defineConfig } from 'vitest/config';

const src = (path: string) => new URL(`./packages/${path}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // Tests run on the sources, so that a change is seen without a build.
    alias: [
      { find: /^@caisson\/core\/testing$/, replacement: src('core/src/testing/index.ts') },
      { find: /^@caisson\/docker-api\/(server|client|encode|types)$/, replacement: src('docker-api/src/$1/index.ts') },
      { find: /^@caisson\/([a-z-]+)$/, replacement: src('$1/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    // Two cores and real containers: more workers only make each other slow.
    maxWorkers: 2,
  },
});
