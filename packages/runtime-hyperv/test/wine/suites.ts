import { appendFileSync } from 'node:fs';
import type { Case } from '@caisson/core/testing';
import { engineCases } from './engine-cases.js';
import { faultCases } from './fault-cases.js';
import { layerCases } from './layer-cases.js';
import { networkCases } from './network-cases.js';
import { runtimeCases } from './runtime-cases.js';

/** Runs in node.exe under Wine: one suite, whose name is the argument; writes what became of each case. */
const suites: Readonly<Record<string, () => readonly Case[]>> = {
  process: () => runtimeCases('process'),
  hyperv: () => runtimeCases('hyperv'),
  engine: engineCases,
  faults: faultCases,
  layers: layerCases,
  network: networkCases,
};

const [name = '', only] = process.argv.slice(2);
// Far beyond what a slow machine needs: it is there for what hangs.
const limit = 150_000;

async function main(): Promise<void> {
  for (const { name: title, run } of suites[name]?.() ?? []) {
    if (only !== undefined && !title.includes(only)) continue;
    const start = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`took longer than ${limit} ms`)), limit)));
    const error = await Promise.race([run(), late]).then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)),
    );
    clearTimeout(timer);
    appendFileSync(process.env['CAISSON_TEST_RESULTS'] ?? 'results.jsonl', `${JSON.stringify({ name: title, milliseconds: Math.round(performance.now() - start), ...(error === undefined ? {} : { error }) })}\n`);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
