/** What `.dockerignore` leaves out. Paths are relative to the context, in UTF-8 text, with slashes. */
export interface IgnoreFilter {
  /** True when the path itself is left out. */
  ignores(path: string): boolean;
  /** False when nothing below a left-out folder can be taken in again: then it need not be looked into. */
  mayReinclude(folder: string): boolean;
}

export const ignoreNothing: IgnoreFilter = { ignores: () => false, mayReinclude: () => false };
