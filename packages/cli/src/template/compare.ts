import { templateError } from './errors.js';
import { noValue, typeName, type Value } from './values.js';

/** `eq a b c`: whether a is any of the others. */
export function equalsAny([first, ...others]: readonly Value[]): boolean {
  return others.some((other) => equals(first, other));
}

export function equals(a: Value, b: Value): boolean {
  const [left, right] = [plain(a), plain(b)];
  if (left === null || right === null) return left === right;
  refuse(left, right);
  return left === right;
}

/** Below 0, 0 or above 0. @throws CaissonError `invalid-argument` for what has no order */
export function compare(a: Value, b: Value): number {
  const [left, right] = [plain(a), plain(b)];
  refuse(left, right);
  if ((typeof left !== 'number' && typeof left !== 'string') || (typeof right !== 'number' && typeof right !== 'string')) throw templateError(`${typeName(left)} has no order to compare by`);
  return left < right ? -1 : left > right ? 1 : 0;
}

function plain(value: Value): Value {
  return value === undefined || value === noValue ? null : typeof value === 'bigint' ? Number(value) : value;
}

function refuse(a: Value, b: Value): void {
  for (const value of [a, b]) if (typeof value === 'object' || typeof value === 'function') throw templateError(`${typeName(value)} cannot be compared`);
  if (typeof a !== typeof b) throw templateError(`${typeName(a)} cannot be compared with ${typeName(b)}`);
}
