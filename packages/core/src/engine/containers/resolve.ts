import { isAbsolute, posix } from 'node:path';
import { CaissonError } from '../../errors.js';
import type { ContainerDefaults, Healthcheck, ImageConfig } from '../../model/image-config.js';
import type { ProcessSpec } from '../../runtime/runtime.js';
import type { ContainerOptions, MountOptions } from './options.js';
import { absoluteTarget, windowsEnv, windowsFolder } from './windows.js';

/**
 * What the container's main process is, from the request and the image's defaults, by docker's rules: an entrypoint given by the user
 * also drops the image's command.
 */
export function resolveProcess(options: ContainerOptions, defaults: ContainerDefaults, hostname: string, os: string): ProcessSpec {
  const entrypoint = options.entrypoint ?? defaults.Entrypoint ?? [];
  const command = options.command?.length ? options.command : options.entrypoint ? [] : (defaults.Cmd ?? []);
  const args = [...entrypoint, ...command];
  if (args.length === 0)
    throw new CaissonError('invalid-argument', `no command was given, and the image ${options.image} names none`, { hint: `write it after the image: caisson run ${options.image} COMMAND` });
  if (args.some((arg) => arg.includes('\0'))) throw new CaissonError('invalid-argument', 'an argument contains a NUL byte');
  const windows = os === 'windows';
  // A command of the image may be one command line; one that the user gives consists of words.
  const ofImage = options.entrypoint === undefined && (!options.command?.length || defaults.Entrypoint?.length);
  const cwd = options.workingDir ?? (defaults.WorkingDir || '/');
  if (!windows && !cwd.startsWith('/')) throw new CaissonError('invalid-argument', `the working directory ${JSON.stringify(cwd)} is not an absolute path`);
  return {
    args,
    ...(windows && defaults.ArgsEscaped && ofImage ? { argsEscaped: true } : {}),
    env: resolveEnv(options, defaults, windows ? windowsEnv(options.terminal) : linuxEnv(hostname, options.terminal)),
    cwd: windows ? windowsFolder(cwd) : posix.normalize(cwd),
    user: options.user ?? defaults.User ?? '',
    ...(options.groups ? { additionalGroups: options.groups } : {}),
    terminal: options.terminal ?? false,
    ...(options.terminalSize ? { terminalSize: options.terminalSize } : {}),
    stdin: options.stdin ?? false,
    ...(options.stdinOnce ? { stdinOnce: true } : {}),
    ...(options.privileged ? { privileged: true } : {}),
  };
}

/** PATH, HOSTNAME and (with a terminal) TERM first, as docker has them; then the image's, then the user's; a later one replaces. */
function resolveEnv(options: ContainerOptions, defaults: ContainerDefaults, first: readonly [string, string][]): string[] {
  const env = new Map<string, string>(first);
  for (const entry of [...(defaults.Env ?? []), ...(options.env ?? [])]) {
    const at = entry.indexOf('=');
    if (at === 0 || entry.includes('\0')) throw new CaissonError('invalid-argument', `invalid environment variable ${JSON.stringify(entry.slice(0, 60))}`, { hint: 'write NAME=value' });
    if (at < 0) env.delete(entry);
    else env.set(entry.slice(0, at), entry.slice(at + 1));
  }
  return [...env].map(([name, value]) => `${name}=${value}`);
}

function linuxEnv(hostname: string, terminal: boolean | undefined): [string, string][] {
  return [['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ['HOSTNAME', hostname], ...(terminal ? [['TERM', 'xterm'] as [string, string]] : [])];
}

/** The image's own, unless the request turns it off or changes parts of it. Undefined when there is none. */
export function resolveHealthcheck(options: ContainerOptions, defaults: ContainerDefaults): Healthcheck | undefined {
  const merged = { ...defaults.Healthcheck, ...options.healthcheck };
  return merged.Test?.length && merged.Test[0] !== 'NONE' ? merged : undefined;
}

/** Every mount that the container is to have, one to a target: the user's, and an anonymous volume for each that the image declares and that is not `taken`. */
export function resolveMountOptions(options: ContainerOptions, config: ImageConfig, taken: ReadonlySet<string> = new Set()): MountOptions[] {
  const byTarget = new Map<string, MountOptions>();
  for (const mount of options.mounts ?? []) {
    const target = absoluteTarget(mount.target, config.os);
    if (byTarget.has(target)) throw new CaissonError('invalid-argument', `two mounts have the target ${target}`);
    if (mount.type === 'bind' && !isAbsolute(mount.source) && !mount.source.startsWith('\\\\.\\pipe\\')) throw new CaissonError('invalid-argument', `the mount source ${JSON.stringify(mount.source)} is not an absolute path`);
    byTarget.set(target, { ...mount, target });
  }
  for (const volume of Object.keys(config.config?.Volumes ?? {})) {
    const target = config.os === 'windows' ? absoluteTarget(volume, config.os) : posix.normalize(volume).replace(/(?<=.)\/$/, '');
    if (target !== '/' && !byTarget.has(target) && !taken.has(target)) byTarget.set(target, { type: 'volume', target });
  }
  return [...byTarget.values()];
}
