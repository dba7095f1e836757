// Packs what is built into one .vsix, which brings no node_modules: everything is in the bundles. Prints its path.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

const folder = join(import.meta.dirname, '..');
const limit = 2_000_000;

const target = process.argv[2] ?? join(folder, 'dist', 'caisson.vsix');

await createVSIX({ cwd: folder, packagePath: target, dependencies: false, skipLicense: true, githubBranch: 'main' });
const { size } = statSync(target);
if (size > limit) throw new Error(`${target} has ${size} bytes, and ${limit} are allowed`);
console.log(target);
