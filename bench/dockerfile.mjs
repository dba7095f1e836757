// Parsing and linting Dockerfiles, beside the npm packages dockerfile-ast (parser) and dockerfile-utils (its linter), on the files of our cases.
import { readdirSync, readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { lint, parseDockerfile } from '../packages/dockerfile/dist/index.js';

/**
 * Megabytes per second of CPU time, the best round of at least 400 ms. Rounds go on until six in a row brought nothing better: the
 * compiler takes longer to settle on a hundred small rules than on one large function, and an editor's server runs for hours.
 */
async function throughput(texts, work) {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  let best = 0;
  for (let round = 0, stale = 0; round < 10 || (stale < 6 && round < 40); round++) {
    const before = process.cpuUsage();
    let done = 0;
    let used = 0;
    do {
      for (const text of texts) await work(text);
      done += bytes;
      const { user, system } = process.cpuUsage(before);
      used = (user + system) / 1e6;
    } while (used < 0.4);
    const speed = done / 1e6 / used;
    stale = speed > best ? 0 : stale + 1;
    best = Math.max(best, speed);
  }
  return best;
}

export async function run() {
  const folder = new URL('../packages/dockerfile/test/cases/', import.meta.url);
  const real = readdirSync(folder).filter((name) => name.startsWith('real-')).map((name) => readFileSync(new URL(`${name}/Dockerfile`, folder), 'utf8'));
  const corpora = { 'real files': real, 'one file of 200 kB': [real.join('\n').repeat(30).slice(0, 200_000)] };
  for (const [name, texts] of Object.entries(corpora)) {
    const ours = await throughput(texts, (text) => parseDockerfile(text));
    const theirs = await throughput(texts, (text) => DockerfileParser.parse(text).getInstructions());
    console.log(`  parse, ${name}: caisson ${ours.toFixed(1)} MB/s, dockerfile-ast ${theirs.toFixed(1)} MB/s, ratio ${(ours / theirs).toFixed(1)}`);
    const linted = await throughput(texts, (text) => lint(parseDockerfile(text)));
    const validated = await throughput(texts, (text) => validate(text));
    console.log(`  lint,  ${name}: caisson ${linted.toFixed(2)} MB/s, dockerfile-utils ${validated.toFixed(2)} MB/s, ratio ${(linted / validated).toFixed(1)}`);
  }
}
