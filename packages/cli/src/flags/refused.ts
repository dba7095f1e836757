import { CaissonError } from '@caisson/core';
import { Option, type Command } from 'commander';

/** Options of docker's that Linux containers here cannot have, each with the reason. */
const reasons: Readonly<Record<string, readonly [value: string, reason: string, hint?: string]>> = {
  'cpu-count': ['count', 'it is for Windows containers', 'use --cpus'],
  'cpu-percent': ['percent', 'it is for Windows containers', 'use --cpus'],
  gpus: ['request', 'no program that gives GPUs to containers is known to this version', 'name a device that its vendor describes in /etc/cdi: --device nvidia.com/gpu=all'],
  'io-maxbandwidth': ['bytes', 'it is for Windows containers', 'use --device-read-bps and --device-write-bps'],
  'io-maxiops': ['count', 'it is for Windows containers', 'use --device-read-iops and --device-write-iops'],
  'link-local-ip': ['address', 'the bridges of this engine have no link-local addresses'],
  'storage-opt': ['name=value', 'overlayfs has no size of its own', 'put what may grow on a volume, or on a tmpfs with a size'],
};

/** They are known, so that the error says why, but not shown. */
export function addRefusedFlags(command: Command): Command {
  for (const [name, [value]] of Object.entries(reasons)) command.addOption(new Option(`--${name} <${value}>`).hideHelp().argParser(() => refuse(name)));
  // docker itself takes these, and does nothing with them any more.
  return command.addOption(new Option('--disable-content-trust').hideHelp()).addOption(new Option('--kernel-memory <size>').hideHelp());
}

function refuse(name: string): never {
  const [, reason = '', hint] = reasons[name] ?? [];
  throw new CaissonError('unsupported', `--${name} is not supported: ${reason}`, hint === undefined ? {} : { hint });
}
