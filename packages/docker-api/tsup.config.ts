import { defineConfig } from 'tsup';

export default defineConfig({ entry: ['src/index.ts', 'src/server/index.ts', 'src/client/index.ts', 'src/encode/index.ts', 'src/types/index.ts'], format: 'esm', target: 'node22', dts: true, clean: true, sourcemap: false });
