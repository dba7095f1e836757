type Undefinable<T> = { readonly [K in keyof Required<T>]: T[K] | undefined };

/** What was not given is absent, not undefined. Every field must be named, so that none is forgotten. */
export function definedOnly<T extends object>(fields: Undefinable<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
