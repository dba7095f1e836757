import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type as osType, version } from 'node:os';
import { hostPlatform } from '../model/platform.js';
import type { DiskUsage, EngineInfo, System } from './engine.js';
import type { RuntimeCapabilities } from '../runtime/runtime.js';
import type { EngineParts } from './parts.js';
import type { LocalVolumes } from './volumes/local-volumes.js';

/** What the local engine says of itself and of its host. */
export class LocalSystem implements System {
  readonly #parts: EngineParts;
  readonly #volumes: LocalVolumes;

  constructor(parts: EngineParts, volumes: LocalVolumes) {
    this.#parts = parts;
    this.#volumes = volumes;
  }

  async info(): Promise<EngineInfo> {
    const { paths, version: ours } = this.#parts;
    const host = await this.#runtime();
    return {
      name: 'caisson',
      version: ours,
      ...paths,
      operatingSystem: operatingSystem(),
      kernel: release(),
      platform: hostPlatform(),
      cpus: cpus().length,
      memoryBytes: totalmem(),
      ...host,
      warnings: warnings(host.runtime),
    };
  }

  async #runtime(): Promise<Pick<EngineInfo, 'runtime' | 'problem'>> {
    try {
      const { runtime } = await this.#parts.runtime();
      return { runtime: { name: runtime.name, ...(await runtime.capabilities()) } };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }

  async usage(): Promise<DiskUsage> {
    const { diskUsage } = await import('./disk-usage.js');
    return diskUsage(this.#parts, this.#volumes);
  }
}

/** What this host cannot give to containers. */
function warnings(runtime: RuntimeCapabilities | undefined): string[] {
  if (!runtime) return [];
  const { pause, limits, stats, undelegated = [] } = runtime;
  const partly = undelegated.length > 0 ? [`containers have no limits of ${undelegated.join(', ')}: not delegated to this user`] : [];
  const not = Object.entries({ 'containers have no limits': limits, 'containers cannot be paused': pause, 'there are no statistics of containers': stats }).flatMap(([what, capability]) => (capability.available ? [] : [`${what}: ${capability.reason}`]));
  return [...not, ...partly];
}

/** As os-release(5) has it, of Windows its edition; else the kernel's name. */
function operatingSystem(): string {
  if (process.platform === 'win32') return version();
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync(path, 'utf8'))?.[1];
      if (name) return name;
    } catch {
      // The next one.
    }
  }
  return osType();
}
