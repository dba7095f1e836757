import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CaissonError, type BuildOutput } from '@caisson/core';

/**
 * Whether outputs can be where they are wanted, as far as that can be told before the build: what is said at its end costs all of it.
 * @throws CaissonError `invalid-argument`
 */
export function checkOutputs(outputs: readonly BuildOutput[]): void {
  for (const output of outputs) {
    if (output.type === 'image' || typeof output.destination === 'function') continue;
    const { type, destination } = output;
    const isFolder = statOf(destination)?.isDirectory();
    if (type !== 'local' && (isFolder || /[/\\]$/.test(destination)))
      throw new CaissonError('invalid-argument', `the output ${destination} is a folder, and type=${type} writes a file`, { hint: 'name a file in it, or write a folder with type=local' });
    if (type === 'local' && isFolder === false) throw new CaissonError('invalid-argument', `the output ${destination} is a file, and type=local writes a folder`, { hint: 'name another, or write an archive with type=tar' });
    const inTheWay = fileAbove(destination);
    if (inTheWay !== undefined) throw new CaissonError('invalid-argument', `the output ${destination} cannot be there: ${inTheWay} is a file, and no folder`);
  }
}

function fileAbove(path: string): string | undefined {
  for (let at = dirname(resolve(path)); dirname(at) !== at; at = dirname(at)) {
    const found = statOf(at);
    if (found) return found.isDirectory() ? undefined : at;
  }
  return undefined;
}

/** Below a file there is nothing, which the system does not call missing. */
function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
