import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CaissonError, systemCode, type ContainerMount, type Device, type DeviceEdits, type OciHooks } from '@caisson/core';

/** Where vendors and their tools put their specs; one in a later folder hides one of the same kind and name in an earlier. */
const folders = ['/etc/cdi', '/var/run/cdi'];
const maxBytes = 4 * 1024 * 1024;
const hookNames = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart'] as const;

interface Edits {
  readonly env?: unknown;
  readonly deviceNodes?: unknown;
  readonly mounts?: unknown;
  readonly hooks?: unknown;
}

interface Found {
  readonly path: string;
  /** Of the device, after those of its whole spec. */
  readonly edits: readonly Edits[];
}

/**
 * What containers need to use devices named as the Container Device Interface names them: `vendor.com/class=device`, `=*` for all, or the
 * class alone for its first (cncf-tags/container-device-interface, SPEC.md 0.8).
 *
 * @throws CaissonError `not-found` with the devices there are; `invalid-content` for a spec that cannot be read
 */
export function deviceEdits(names: readonly string[], places: readonly string[] = folders): DeviceEdits {
  const known = readSpecs(places);
  const env: string[] = [];
  const devices: Device[] = [];
  const mounts: ContainerMount[] = [];
  const hooks: OciHooks = {};
  const chosen = new Set(names.flatMap((name) => choose(known, name)));
  // A spec's own edits come once, however many of its devices are used.
  for (const edits of new Set([...chosen].flatMap((found) => found.edits))) {
    env.push(...list(edits.env).map(String));
    devices.push(...list(edits.deviceNodes).map(deviceNode));
    mounts.push(...list(edits.mounts).map(mount));
    for (const one of list(edits.hooks)) addHook(hooks, one);
  }
  return { env, devices, mounts, hooks };
}

function choose(known: ReadonlyMap<string, Found>, name: string): Found[] {
  const [kind = '', device] = name.split('=', 2);
  const ofKind = [...known].filter(([other]) => other.startsWith(`${kind}=`));
  const found = device === '*' ? ofKind.map(([, one]) => one) : device === undefined ? ofKind.slice(0, 1).map(([, one]) => one) : ofKind.filter(([other]) => other === name).map(([, one]) => one);
  if (found.length > 0) return found;
  const all = [...known.keys()];
  throw new CaissonError('not-found', `there is no device ${JSON.stringify(name.slice(0, 200))} on this host`, {
    hint: all.length > 0 ? `there are: ${all.slice(0, 20).join(', ')}` : `no device is described in ${folders.join(' or ')}: its vendor's tool makes such a file (nvidia-ctk cdi generate, for one)`,
  });
}

function readSpecs(places: readonly string[]): Map<string, Found> {
  const known = new Map<string, Found>();
  for (const folder of places) {
    let names: string[];
    try {
      names = readdirSync(folder).filter((name) => /\.(?:json|ya?ml)$/.test(name)).sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') continue;
      throw error;
    }
    for (const name of names) for (const [device, found] of readSpec(join(folder, name))) known.set(device, found);
  }
  return known;
}

function readSpec(path: string): [string, Found][] {
  const bad = (why: string, cause?: unknown) => new CaissonError('invalid-content', `${path} does not describe devices: ${why}`, { ...(cause === undefined ? {} : { cause }) });
  let spec: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > maxBytes) throw bad('it is too long');
    spec = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw error instanceof CaissonError ? error : bad(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), error);
  }
  const { kind, devices, containerEdits } = record(spec) ?? {};
  if (typeof kind !== 'string' || !/^[\w.-]+\/[\w.-]+$/.test(kind)) throw bad('it names no kind');
  const common = record(containerEdits) ?? {};
  return list(devices).map((one) => {
    const { name, containerEdits: own } = record(one) ?? {};
    if (typeof name !== 'string' || name === '') throw bad('a device has no name');
    return [`${kind}=${name}`, { path, edits: [common, record(own) ?? {}] }];
  });
}

function deviceNode(value: unknown): Device {
  const { path, hostPath, permissions } = record(value) ?? {};
  const containerPath = absolute(path, 'a device node');
  return { containerPath, hostPath: hostPath === undefined ? containerPath : absolute(hostPath, 'a device node'), permissions: typeof permissions === 'string' && permissions !== '' ? permissions : 'rwm' };
}

function mount(value: unknown): ContainerMount {
  const { hostPath, containerPath, options, type } = record(value) ?? {};
  return { type: typeof type === 'string' && type !== '' ? type : 'bind', source: absolute(hostPath, 'a mount'), destination: absolute(containerPath, 'a mount'), options: list(options).map(String) };
}

function addHook(hooks: OciHooks, value: unknown): void {
  const { hookName, path, args, env, timeout } = record(value) ?? {};
  const name = hookNames.find((known) => known === hookName);
  if (!name) throw new CaissonError('unsupported', `a device wants the hook ${JSON.stringify(hookName)}, which is not supported`);
  (hooks[name] ??= []).push({
    path: absolute(path, 'a hook'),
    ...(args === undefined ? {} : { args: list(args).map(String) }),
    ...(env === undefined ? {} : { env: list(env).map(String) }),
    ...(typeof timeout === 'number' ? { timeout } : {}),
  });
}

function absolute(value: unknown, what: string): string {
  if (typeof value === 'string' && value.startsWith('/')) return value;
  throw new CaissonError('invalid-content', `${what} of a device has no absolute path`);
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
