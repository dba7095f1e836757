import type { Case } from './case.js';
import { buildCases } from './engine-build-cases.js';
import { containerCases } from './engine-container-cases.js';
import { fileCases } from './engine-file-cases.js';
import { EngineBench, type EngineCases, type EngineHarness } from './engine-harness.js';
import { layerCases } from './engine-layer-cases.js';
import { imageCases, objectCases } from './engine-object-cases.js';
import { engineStreamCases } from './engine-stream-cases.js';

const all: EngineCases = { ...imageCases, ...containerCases, ...engineStreamCases, ...fileCases, ...layerCases, ...objectCases, ...buildCases };

/**
 * What every Engine must do, local or remote. Cases that the harness says do not apply are there with the reason: a runner shows them as
 * skipped. A reason for a case that does not exist is an error.
 */
export function engineSuite(harness: EngineHarness): Case[] {
  const unknown = Object.keys(harness.without ?? {}).filter((name) => !(name in all));
  if (unknown.length > 0) throw new Error(`there is no such case: ${unknown.join(', ')}`);
  return Object.entries(all).map(([name, body]) => {
    const reason = harness.without?.[name];
    return {
      name,
      ...(reason === undefined ? {} : { inapplicable: reason }),
      run: async () => {
        const bench = new EngineBench(await harness.open(), harness);
        try {
          await body(bench);
        } finally {
          await bench.clear();
        }
      },
    };
  });
}
