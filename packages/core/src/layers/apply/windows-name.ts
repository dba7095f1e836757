import { CaissonError } from '../../errors.js';
import { displayPath, type RawPath } from '../raw-path.js';

/**
 * On a host that is Windows, a name in an archive must not be a path, a stream or a drive there: `..\evil` is one name to those who made it.
 * @throws CaissonError `invalid-content`
 */
export function checkWindowsName(name: RawPath): void {
  if (!/[\\:]/.test(name)) return;
  throw new CaissonError('invalid-content', `the name ${displayPath(name)} cannot be made on Windows: it contains a ${name.includes('\\') ? 'backslash' : 'colon'}`);
}
