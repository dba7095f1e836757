import { CaissonError } from '../../errors.js';

/**
 * A numeric header field: octal text, or base-256 (GNU) where its first bit is set.
 * @throws CaissonError `invalid-content` for other text and for numbers that JavaScript cannot hold exactly.
 */
export function readNumber(block: Buffer, offset: number, length: number, field: string): number {
  const first = block[offset] ?? 0;
  if (first & 0x80) return readBase256(block, offset, length, field);
  const end = offset + length;
  let at = offset;
  while (at < end && (block[at] === SPACE || block[at] === 0)) at++;
  let value = 0;
  for (; at < end; at++) {
    const byte = block[at] ?? 0;
    if (byte === SPACE || byte === 0) break;
    if (byte < ZERO || byte > SEVEN) throw malformed(field);
    value = value * 8 + (byte - ZERO);
  }
  return value;
}

function readBase256(block: Buffer, offset: number, length: number, field: string): number {
  // Two's complement over all bits but the first, which only marks the form.
  const negative = (block[offset]! & 0x40) !== 0;
  let value = negative ? BigInt(block[offset]! | 0x80) - 256n : BigInt(block[offset]! & 0x7f);
  for (let i = 1; i < length; i++) value = value * 256n + BigInt(block[offset + i]!);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed(field);
  return number;
}

/** Octal with leading zeros and a closing NUL; the caller has made sure that it fits. */
export function writeOctal(block: Buffer, offset: number, length: number, value: number): void {
  let rest = value;
  block[offset + length - 1] = 0;
  for (let i = offset + length - 2; i >= offset; i--) {
    block[i] = ZERO + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** A whole number of a PAX record, in decimal. */
export function parseDecimal(text: string, field: string): number {
  if (!/^-?[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) throw malformed(field);
  return Number(text);
}

/** A PAX time, `-1.5` or `1700000000.123456789`, as whole seconds rounded down and nanoseconds; further digits are dropped. */
export function parsePaxTime(text: string): { seconds: number; ns: number } {
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(text);
  if (match === null) throw malformed('mtime');
  const seconds = Number(match[2]);
  const ns = Number((match[3] ?? '').padEnd(9, '0').slice(0, 9));
  if (match[1] === '') return { seconds, ns };
  return ns === 0 ? { seconds: 0 - seconds, ns: 0 } : { seconds: -seconds - 1, ns: 1e9 - ns };
}

export function formatPaxTime(seconds: number, ns: number): string {
  const negative = seconds < 0;
  const whole = negative && ns > 0 ? -(seconds + 1) : Math.abs(seconds);
  const fraction = negative && ns > 0 ? 1e9 - ns : ns;
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
  return `${negative ? '-' : ''}${whole}${digits}`;
}

function malformed(field: string): CaissonError {
  return new CaissonError('invalid-content', `the archive has a malformed number in the field ${field}`);
}

const SPACE = 32;
const ZERO = 48;
const SEVEN = 55;
