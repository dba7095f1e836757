import { badRequest } from './api-error.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

/**
 * One endpoint. The path is without the version, with `{name}` for one segment and `{name*}` for any number of them, as the names of
 * images have.
 */
export interface Route<Handler> {
  readonly method: Method;
  readonly path: string;
  readonly handler: Handler;
}

export interface Match<Handler> {
  readonly handler: Handler;
  /** Decoded, by name. */
  readonly params: ReadonlyMap<string, string>;
}

interface Compiled<Handler> {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: Handler;
}

/** Finds the endpoint of a path. Of several that fit, the one that was named first. */
export class Router<Handler> {
  /** By method and first segment. */
  readonly #routes = new Map<string, Compiled<Handler>[]>();

  constructor(routes: readonly Route<Handler>[]) {
    for (const { method, path, handler } of routes) {
      const names = [...path.matchAll(/\{(\w+)\*?\}/g)].map(([, name = '']) => name);
      const pattern = path.replace(/[.]/g, '\\.').replace(/\{\w+\*\}/g, '(.+)').replace(/\{\w+\}/g, '([^/]+)');
      const key = `${method} ${firstSegment(path)}`;
      const list = this.#routes.get(key) ?? [];
      list.push({ pattern: new RegExp(`^${pattern}$`), names, handler });
      this.#routes.set(key, list);
    }
  }

  find(method: string, path: string): Match<Handler> | undefined {
    for (const { pattern, names, handler } of this.#routes.get(`${method} ${firstSegment(path)}`) ?? []) {
      const found = pattern.exec(path);
      if (found) return { handler, params: new Map(names.map((name, place) => [name, decode(found[place + 1] ?? '')])) };
    }
    return undefined;
  }
}

function firstSegment(path: string): string {
  return path.slice(1).split('/', 1)[0] ?? '';
}

function decode(text: string): string {
  let value: string;
  try {
    value = decodeURIComponent(text);
  } catch {
    throw badRequest('the path is not validly encoded');
  }
  if (value.includes('\0')) throw badRequest('the path has a NUL byte');
  return value;
}
