import { CaissonError } from '@caisson/core';
import type { OciSeccomp, OciSeccompRule } from './oci.js';
import { allowed, allowedOn, allowedWith, architectures } from './seccomp-syscalls.js';

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEW* flags of clone(2), less CLONE_NEWTIME, which shares its bit with the exit signal. */
const NEW_NAMESPACES = 0x7e020000;
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
const MAX_PROFILE = 1024 * 1024;

/**
 * The filter of a container: `default` lets through what docker's default does, given these capabilities; `unconfined` is none; other
 * text is a profile in JSON, of docker's or of the OCI's form. @throws CaissonError `invalid-argument`
 */
export function seccomp(profile: string, capabilities: readonly string[], arch: string = process.arch): OciSeccomp | undefined {
  if (profile === 'unconfined') return undefined;
  if (profile !== 'default' && profile !== '') return customProfile(profile, capabilities, arch);
  const own = architectures[arch];
  if (!own) return undefined; // libseccomp does not know it either
  return { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: EPERM, architectures: own, syscalls: defaultRules(new Set(capabilities), arch) };
}

function defaultRules(held: ReadonlySet<string>, arch: string): OciSeccompRule[] {
  const more = Object.entries(allowedWith).flatMap(([capability, calls]) => (held.has(capability) ? calls : []));
  const rules: OciSeccompRule[] = [
    { names: [...new Set([...allowed, ...(allowedOn[arch] ?? []), ...more])], action: 'SCMP_ACT_ALLOW' },
    { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }] },
    ...PERSONALITIES.map((value) => ({ names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] })),
  ];
  if (!held.has('CAP_SYS_ADMIN')) {
    const flags = arch === 's390x' ? 1 : 0; // the order of clone's arguments differs there
    rules.push({ names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [{ index: flags, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }] });
    // Its flags lie in memory, out of a filter's sight. ENOSYS makes the C library go on with clone.
    rules.push({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  }
  return rules;
}

interface DockerRule extends Omit<OciSeccompRule, 'names'> {
  name?: string;
  names?: string[];
  includes?: { caps?: string[]; arches?: string[] };
  excludes?: { caps?: string[]; arches?: string[] };
}

interface DockerProfile extends Partial<Omit<OciSeccomp, 'syscalls'>> {
  archMap?: { architecture: string; subArchitectures?: string[] | null }[];
  syscalls?: DockerRule[];
}

function customProfile(text: string, capabilities: readonly string[], arch: string): OciSeccomp {
  const bad = (why: string, cause?: unknown) => new CaissonError('invalid-argument', `the seccomp profile ${why}`, { cause, hint: 'it is default, unconfined, or a profile in JSON' });
  if (text.length > MAX_PROFILE) throw bad('is larger than 1 MiB');
  let profile: DockerProfile;
  try {
    profile = JSON.parse(text) as DockerProfile;
  } catch (error) {
    throw bad('is not JSON', error);
  }
  if (typeof profile !== 'object' || profile === null || typeof profile.defaultAction !== 'string') throw bad('has no defaultAction');
  if (!Array.isArray(profile.syscalls ?? [])) throw bad('has syscalls that are not a list');
  const held = new Set(capabilities);
  const dockerArch = { x64: 'amd64', ia32: 'x86', ppc64: 'ppc64le' }[arch] ?? arch;
  const native = architectures[arch]?.[0];
  const mapped = profile.archMap?.find(({ architecture }) => architecture === native);
  return {
    defaultAction: profile.defaultAction,
    ...(typeof profile.defaultErrnoRet === 'number' ? { defaultErrnoRet: profile.defaultErrnoRet } : {}),
    architectures: profile.architectures ?? (mapped ? [mapped.architecture, ...(mapped.subArchitectures ?? [])] : (architectures[arch] ?? [])),
    syscalls: (profile.syscalls ?? []).filter(applies(held, dockerArch)).map(({ name, names = name === undefined ? [] : [name], action, args, errnoRet }) => ({
      names,
      action,
      ...(args?.length ? { args } : {}),
      ...(typeof errnoRet === 'number' ? { errnoRet } : {}),
    })),
  };
}

const applies =
  (held: ReadonlySet<string>, arch: string) =>
  ({ includes, excludes }: DockerRule): boolean =>
    (includes?.caps ?? []).every((capability) => held.has(capability)) &&
    (!includes?.arches?.length || includes.arches.includes(arch)) &&
    !(excludes?.caps ?? []).some((capability) => held.has(capability)) &&
    !(excludes?.arches ?? []).includes(arch);
