import { CaissonError, parsePlatform, parseReference, withDefaultTag, type BuildOutput, type BuildRequest, type CacheDestination, type CacheLocation, type Reference } from '@caisson/core';
import type { SessionBuild, SessionOutput } from './session-build.js';

export type Attributes = Readonly<Record<string, string>>;

/** A cache, or an output, as BuildKit's API has it. */
export interface Typed {
  readonly type: string;
  readonly attrs: Attributes;
}

export interface Solve {
  readonly frontend: string;
  readonly attributes: Attributes;
  readonly exporters: readonly Typed[];
  readonly cacheExports: readonly Typed[];
  readonly cacheImports: readonly Typed[];
  readonly entitlements: readonly string[];
}

const references = (names: string | undefined): Reference[] => (names ?? '').split(',').filter(Boolean).map((name) => withDefaultTag(parseReference(name)));
const unsupported = (what: string): CaissonError => new CaissonError('unsupported', `${what} cannot be had through BuildKit's API here`);

/** What a solve by the front end for Dockerfiles asks for. @throws CaissonError `unsupported`, `invalid-argument` */
export function readSolve(solve: Solve): SessionBuild {
  const { frontend, attributes } = solve;
  if (frontend !== 'dockerfile.v0' && !(frontend === 'gateway.v0' && /(?:^|\/)docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(attributes.source ?? ''))) throw unsupported(`the front end ${JSON.stringify(frontend.slice(0, 60))}`);
  if (attributes.requestid !== undefined) throw unsupported(`the request ${JSON.stringify(attributes.requestid.slice(0, 60))}`);
  const { names, push, output } = readOutput(solve.exporters);
  const contexts = Object.entries(attributes).filter(([key]) => key.startsWith('context:'));
  const context = attributes.context;
  const isLocal = (source: string) => source.startsWith('local:');
  return {
    request: { ...readOptions(solve), tags: push ? [] : names },
    dockerfile: attributes.filename,
    context: context === undefined || isLocal(context) ? 'session' : { kind: 'url', url: context },
    names: { context: attributes.contextkey ?? (context !== undefined && isLocal(context) ? context.slice('local:'.length) : 'context'), dockerfile: attributes.dockerfilekey ?? 'dockerfile' },
    namedFolders: Object.fromEntries(contexts.filter(([, source]) => isLocal(source)).map(([key, source]) => [key.slice('context:'.length), source.slice('local:'.length)])),
    output,
  };
}

function readOptions({ attributes, cacheExports, cacheImports, entitlements }: Solve): Omit<BuildRequest, 'context' | 'outputs'> {
  const prefixed = (prefix: string) => Object.fromEntries(Object.entries(attributes).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])));
  const { target, platform, 'no-cache': noCache, 'force-network-mode': network, 'add-hosts': hosts, 'shm-size': shmSize, ulimit, 'cgroup-parent': cgroupParent } = attributes;
  const named = Object.fromEntries(Object.entries(prefixed('context:')).filter(([, source]) => !source.startsWith('local:')));
  const imports = [...cacheImports, ...readImports(attributes)];
  return {
    buildArgs: prefixed('build-arg:'),
    labels: prefixed('label:'),
    ...(target ? { target } : {}),
    ...(platform ? { platforms: platform.split(',').map(parsePlatform) } : {}),
    ...(noCache === undefined ? {} : noCache === '' ? { noCache: true } : { noCacheStages: noCache.split(',') }),
    ...(attributes['image-resolve-mode'] === 'pull' ? { pull: true } : {}),
    ...(network === 'none' || network === 'host' ? { network } : {}),
    ...(hosts ? { extraHosts: hosts.split(',').map(readHost) } : {}),
    ...(shmSize ? { shmSize: Number(shmSize) } : {}),
    ...(ulimit ? { ulimits: ulimit.split(',').map(readLimit) } : {}),
    ...(cgroupParent ? { cgroupParent } : {}),
    ...(Object.keys(named).length > 0 ? { namedContexts: named } : {}),
    ...(entitlements.length > 0 ? { allow: [...entitlements] } : {}),
    ...(imports.length > 0 ? { cacheFrom: imports.map(readCache) } : {}),
    ...(cacheExports.length > 0 ? { cacheTo: cacheExports.map((entry): CacheDestination => ({ ...readCache(entry), ...(entry.attrs.mode === 'max' || entry.attrs.mode === 'min' ? { mode: entry.attrs.mode } : {}), ...(entry.attrs['ignore-error'] === 'true' ? { ignoreError: true } : {}) })) } : {}),
  };
}

/** `cache-imports` is JSON, `cache-from` of older clients a list of names. */
function readImports(attributes: Attributes): Typed[] {
  const list = attributes['cache-imports'];
  if (list === undefined) return (attributes['cache-from'] ?? '').split(',').filter(Boolean).map((ref) => ({ type: 'registry', attrs: { ref } }));
  const entries = JSON.parse(list) as readonly { Type?: unknown; Attrs?: Attributes }[] | null;
  return (entries ?? []).map(({ Type, Attrs }) => ({ type: String(Type), attrs: Attrs ?? {} }));
}

function readCache({ type, attrs }: Typed): CacheLocation {
  const [reference] = references(attrs.ref);
  if (type === 'inline') return { type };
  if (type === 'registry' && reference) return { type, reference };
  throw unsupported(`a cache of type ${JSON.stringify(type.slice(0, 60))}`);
}

function readHost(entry: string): { name: string; address: string } {
  const [name = '', address = ''] = entry.split('=');
  if (name === '' || address === '') throw new CaissonError('invalid-argument', `invalid extra host: ${JSON.stringify(entry.slice(0, 100))}`);
  return { name, address };
}

function readLimit(entry: string): { name: string; soft: number; hard: number } {
  const [, name = '', soft, hard = soft] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(entry) ?? [];
  if (name === '') throw new CaissonError('invalid-argument', `invalid ulimit: ${JSON.stringify(entry.slice(0, 100))}`);
  return { name, soft: Number(soft), hard: Number(hard) };
}

function readOutput(exporters: readonly Typed[]): { readonly names: Reference[]; readonly push: boolean; readonly output: SessionOutput } {
  const [exporter, ...more] = exporters;
  if (more.length > 0) throw unsupported('more than one output');
  const names = references(exporter?.attrs.name);
  switch (exporter?.type) {
    case undefined:
    case '':
      return { names: [], push: false, output: { kind: 'engine', outputs: [{ type: 'image', store: false }] } };
    case 'moby':
    case 'image': {
      const push = exporter.attrs.push === 'true';
      const outputs: BuildOutput[] = [{ type: 'image', names, push: true }];
      return { names, push, output: push ? { kind: 'engine', outputs } : { kind: 'engine' } };
    }
    case 'local':
      return { names: [], push: false, output: { kind: 'folder' } };
    case 'tar':
    case 'oci':
    case 'docker':
      return { names, push: false, output: { kind: 'file', type: exporter.type } };
    default:
      throw unsupported(`an output of type ${JSON.stringify(exporter?.type.slice(0, 60))}`);
  }
}
