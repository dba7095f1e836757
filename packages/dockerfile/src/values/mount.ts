import { DockerfileError } from '../source.js';
import { suggest } from '../suggest.js';
import { parseCsvRecord } from './csv.js';
import { parseSize } from './size.js';

export type MountType = 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
export type CacheSharing = 'shared' | 'private' | 'locked';

/** A `RUN --mount`, as written after expansion; defaults that depend on the type are filled in, those of the builder are not. */
export interface Mount {
  readonly type: MountType;
  /** Path inside `from` or the context; undefined means its root. For a secret: its id, by another name. */
  readonly source?: string;
  readonly target?: string;
  readonly from?: string;
  readonly id?: string;
  /** Only for a cache: `shared` where not said. */
  readonly sharing?: CacheSharing;
  readonly readonly: boolean;
  readonly required?: boolean;
  /** For a secret: the environment variable that is to hold it. */
  readonly env?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Bytes, only for tmpfs. */
  readonly size?: number;
}

type Draft = { -readonly [K in keyof Mount]?: Mount[K] };

const types: readonly MountType[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const sharings: readonly CacheSharing[] = ['shared', 'private', 'locked'];
const keys = ['type', 'from', 'source', 'target', 'readonly', 'id', 'sharing', 'required', 'mode', 'uid', 'gid', 'src', 'dst', 'destination', 'ro', 'rw', 'readwrite', 'size', 'env'];

const fail = (message: string, hint?: string): never => {
  throw new DockerfileError('flag-value', message, hint === undefined ? {} : { hint });
};

/**
 * Reads the value of `RUN --mount`. `expand` is applied to every value except `from`, which BuildKit keeps literal.
 * @throws DockerfileError `flag-value`, or what `expand` throws
 */
export function parseMount(text: string, expand: (value: string) => string = (value) => value): Mount {
  const draft: Draft = { type: 'bind' };
  for (const field of parseCsvRecord(text)) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    if (equals < 0) bare(draft, key, field);
    else set(draft, key, key === 'from' ? literal(field.slice(equals + 1)) : expand(field.slice(equals + 1)), field);
  }
  return check(draft);
}

function literal(value: string): string {
  if (/\$./.test(value)) fail("'from' doesn't support variable expansion, define alias stage instead", 'write FROM $IMAGE AS name above and use from=name');
  return value;
}

function bare(draft: Draft, key: string, field: string): void {
  if (key === 'readonly' || key === 'ro') draft.readonly = true;
  else if (key === 'readwrite' || key === 'rw') draft.readonly = false;
  else if (key === 'required') only(draft, key, draft.type === 'secret' || draft.type === 'ssh', () => (draft.required = true));
  else fail(`invalid field '${field.slice(0, 60)}' must be a key=value pair`);
}

function only(draft: Draft, key: string, allowed: boolean, set: () => unknown): void {
  if (allowed) set();
  else fail(`unexpected key '${key}' for mount type '${draft.type ?? ''}'`, 'put type= first');
}

function set(draft: Draft, key: string, value: string, field: string): void {
  switch (key) {
    case 'type':
      draft.type = oneOf(types, value, 'mount type');
      return;
    case 'from':
      draft.from = value;
      return;
    case 'source':
    case 'src':
      draft.source = value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      draft.target = value;
      return;
    case 'readonly':
    case 'ro':
      draft.readonly = boolean(key, value);
      return;
    case 'readwrite':
    case 'rw':
      draft.readonly = !boolean(key, value);
      return;
    case 'required':
      return only(draft, key, draft.type === 'secret' || draft.type === 'ssh', () => (draft.required = boolean(key, value)));
    case 'size':
      return only(draft, key, draft.type === 'tmpfs', () => (draft.size = parseSize(value)));
    case 'id':
      draft.id = value;
      return;
    case 'sharing':
      draft.sharing = oneOf(sharings, value, 'sharing value');
      return;
    case 'mode':
      draft.mode = number(key, value, 8);
      return;
    case 'uid':
    case 'gid':
      draft[key] = number(key, value, 10);
      return;
    case 'env':
      draft.env = value;
      return;
    default: {
      const near = suggest(key, keys);
      fail(`unexpected key '${key.slice(0, 40)}' in '${field.slice(0, 60)}'`, near === undefined ? undefined : `did you mean ${near}?`);
    }
  }
}

function oneOf<T extends string>(list: readonly T[], value: string, what: string): T {
  const found = list.find((one) => one === value.toLowerCase());
  return found ?? fail(`unsupported ${what} ${JSON.stringify(value.slice(0, 40))}`, `one of ${list.join(', ')}`);
}

function boolean(key: string, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  return fail(`invalid value for ${key}: ${value.slice(0, 40)}`, 'true or false');
}

function number(key: string, value: string, base: 8 | 10): number {
  const good = (base === 8 ? /^[0-7]{1,11}$/ : /^\d{1,10}$/).test(value) && Number.parseInt(value, base) <= 0xffff_ffff;
  return good ? Number.parseInt(value, base) : fail(`invalid value ${value.slice(0, 40)} for ${key}`);
}

function check(draft: Draft): Mount {
  const type = draft.type ?? 'bind';
  if (type === 'bind' || type === 'tmpfs')
    for (const key of ['mode', 'uid', 'gid'] as const) if (draft[key] !== undefined) fail(`${key} not allowed for ${JSON.stringify(type)} type mounts`);
  if (type === 'secret') {
    if (draft.from !== undefined) fail('secret mount should not have a from');
    if (draft.sharing !== undefined) fail('secret mount should not define sharing');
    if (!draft.source && !draft.target && !draft.id) fail('invalid secret mount. one of source, target required', 'add id=');
    if (draft.source && draft.id) fail("both source and id can't be set");
  } else if (draft.env !== undefined) fail(`env not allowed for ${JSON.stringify(type)} type mounts`);
  if (draft.sharing !== undefined && type !== 'cache') fail(`invalid cache sharing set for ${type} mount`);
  const needsTarget = type === 'bind' || type === 'cache' || type === 'tmpfs';
  // A relative one is below the working directory, which is known to the build only.
  if (needsTarget && /^(?:\/[/.]*)?$/.test(draft.target ?? '')) fail(`invalid mount target ${JSON.stringify(draft.target ?? '')}`, 'add target=/path');
  return { ...draft, type, readonly: draft.readonly ?? (type !== 'cache' && type !== 'tmpfs') };
}
