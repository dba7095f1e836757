import { runMonitor } from './monitor/run-monitor.js';
import { runLayerWork } from './layers/work/run-layer-work.js';

/** The program behind the runtime: `monitor RUN-ROOT ID` owns a container, `layers` reads work on layers from its standard input. */
export async function helper(args: readonly string[]): Promise<void> {
  const [role, runRoot, id] = args;
  if (role === 'monitor' && runRoot !== undefined && id !== undefined) return runMonitor(runRoot, id);
  if (role === 'layers') return runLayerWork();
  throw new Error(`unknown role ${String(role)}`);
}
