// Times Caisson beside the peers that are installed, in one run: ./dev bench [NAME…]. Each benchmark is a module here that exports
// `run(bench)`. Not a test: nothing fails because something is slow.
import { readdirSync } from 'node:fs';
import { Bench } from './lib/bench.mjs';

const here = new URL('.', import.meta.url);
const all = readdirSync(here).filter((file) => file.endsWith('.mjs') && file !== 'index.mjs').map((file) => file.slice(0, -'.mjs'.length));
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(1);
}
const bench = new Bench();
try {
  for (const name of names.length > 0 ? names : all) {
    console.log(`\n# ${name}`);
    await (await import(new URL(`${name}.mjs`, here))).run(bench);
  }
} finally {
  await bench.dispose();
}
