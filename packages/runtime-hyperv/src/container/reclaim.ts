import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, selfIdentity, type ProcessIdentity } from '@caisson/core';
import { owner } from '../document/container-document.js';
import { ComputeSystem, type SystemTimeouts } from '../hcs/compute-system.js';
import type { VmCompute } from '../hcs/vmcompute.js';
import { LayerService } from '../layers/layer-service.js';

/** Notes who owns a container of `run`, and where its layer is, so that it can be reclaimed after a crash. */
export function claimRun(runRoot: string, id: string, scratch: string): () => void {
  const path = runFile(runRoot, id);
  mkdirSync(join(runRoot, 'runs'), { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify({ owner: selfIdentity(), scratch }), { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

function readRun(runRoot: string, id: string): { owner: ProcessIdentity; scratch: string } | undefined {
  try {
    return JSON.parse(readFileSync(runFile(runRoot, id), 'utf8')) as { owner: ProcessIdentity; scratch: string };
  } catch {
    return undefined;
  }
}

function runFile(runRoot: string, id: string): string {
  return join(runRoot, 'runs', `${id}.json`);
}

/** Ends a system that has no owner any more, and unmounts its layer. Quietly nothing where there is none. */
export async function endSystem(vmcompute: VmCompute, id: string, scratch: string | undefined, timeouts: SystemTimeouts): Promise<void> {
  const system = await ComputeSystem.open(vmcompute, id, timeouts);
  if (system) {
    try {
      await system.terminate();
      await system.exitsWithin(Math.min(timeouts.stop, 30_000));
    } finally {
      await system.close();
    }
  }
  if (scratch !== undefined) await new LayerService(vmcompute).unmount(scratch);
}

/** Ends every system of ours that nobody owns: left by a process that was killed. Gives their IDs. */
export async function reclaim(vmcompute: VmCompute, runRoot: string, hasOwner: (id: string) => Promise<boolean>, timeouts: SystemTimeouts): Promise<string[]> {
  const reclaimed: string[] = [];
  for (const { Id: id } of await ComputeSystem.list(vmcompute, owner)) {
    const run = readRun(runRoot, id);
    // Another data root of this host may have systems too: only those that are noted here are ours.
    const noted = run !== undefined || existsSync(join(runRoot, 'containers', id));
    if (!noted || (run && isAlive(run.owner)) || (!run && (await hasOwner(id)))) continue;
    await endSystem(vmcompute, id, run?.scratch, timeouts);
    rmSync(runFile(runRoot, id), { force: true });
    reclaimed.push(id);
  }
  return reclaimed;
}
