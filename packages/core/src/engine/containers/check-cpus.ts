import { availableParallelism } from 'node:os';
import { CaissonError } from '../../errors.js';
import type { Resources } from '../../runtime/runtime.js';

/** The period that a number of CPUs is written with. */
const PERIOD = 100_000;

/** As docker does, refuses more CPUs than there are: it must be a mistake. @throws CaissonError `invalid-argument` */
export function checkCpus({ cpuQuota = 0, cpuPeriod }: Resources, available: number = availableParallelism()): void {
  if (cpuPeriod !== PERIOD || cpuQuota <= 0) return;
  const cpus = cpuQuota / PERIOD;
  if (cpus < 0.01 || cpus > available)
    throw new CaissonError('invalid-argument', `range of CPUs is from 0.01 to ${available.toFixed(2)}, as there are only ${available} CPUs available`, { details: { cpus, available } });
}
