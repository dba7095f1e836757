import { defineConfig } from 'tsup';

// The helper is a program of its own: the monitor of a container, or the child that works on layers.
export default defineConfig({ entry: ['src/index.ts', 'src/main.ts'], format: 'esm', target: 'node22', dts: { entry: 'src/index.ts' }, clean: true, sourcemap: false, splitting: true });
