import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ContainerSpec, ProcessSpec } from '@caisson/core';
import { LinuxRuntime, rootlessUser, type LinuxRuntimeOptions } from '../../src/index.js';
import { busyboxRootfs, freshFolder } from './folders.js';

export type ProcessParts = Partial<ProcessSpec> & Pick<ProcessSpec, 'args'>;

/** A run root and a base image below one folder, and containers on them. */
export class TestHost {
  readonly folder = freshFolder('runtime');
  readonly runRoot = join(this.folder, 'run');
  readonly base = busyboxRootfs(join(this.folder, 'base'));
  readonly ids = new Set<string>();
  readonly #options: LinuxRuntimeOptions;

  constructor(options: LinuxRuntimeOptions = {}) {
    this.#options = options;
  }

  readonly open = async () => this.runtime();

  runtime(): LinuxRuntime {
    return new LinuxRuntime({ runRoot: this.runRoot, rootless: rootlessUser() !== undefined, ...this.#options });
  }

  readonly spec = async (process: ProcessParts, more: Partial<ContainerSpec> = {}): Promise<ContainerSpec> => {
    const id = `test-${randomBytes(6).toString('hex')}`;
    this.ids.add(id);
    const folder = join(this.folder, 'containers', id);
    for (const name of ['upper', 'work']) mkdirSync(join(folder, name), { recursive: true });
    return {
      id,
      rootfs: [{ type: 'overlay', source: 'overlay', options: [`lowerdir=${this.base}`, `upperdir=${folder}/upper`, `workdir=${folder}/work`] }],
      process: { env: ['PATH=/bin', 'TERM=xterm'], cwd: '/', user: '', terminal: false, stdin: false, ...process },
      hostname: 'test',
      mounts: [],
      resources: {},
      security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' },
      ...more,
    };
  };

  /** Runs a shell script in a container and gives what it put out. */
  async output(script: string, more: Partial<ContainerSpec> = {}, process: Partial<ProcessSpec> = {}): Promise<string> {
    const running = await this.runtime().run(await this.spec({ args: ['sh', '-c', script], ...process }, more), { stdio: 'pipe' });
    const texts = [running.stdout, running.stderr].map(async (stream) => (stream === null ? '' : text(stream)));
    const [output = '', errors = ''] = await Promise.all(texts);
    await running.wait();
    return output + errors;
  }
}
