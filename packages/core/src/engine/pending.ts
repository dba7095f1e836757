import { CaissonError } from '../errors.js';

/** For the parts of the interface that the local engine is about to get; this file goes with the last of them. */
export function pending(what: string): CaissonError {
  return new CaissonError('unsupported', `the local engine cannot ${what} yet`);
}
