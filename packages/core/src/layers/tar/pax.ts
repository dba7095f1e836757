import { CaissonError } from '../../errors.js';

/**
 * Records of a PAX extended header (POSIX.1-2001, «pax Extended Header»), in order, since GNU's sparse format 0.0 repeats keys.
 * Values are views into `data`. Keys are binary strings.
 * @throws CaissonError `invalid-content`
 */
export function parsePax(data: Buffer): [key: string, value: Buffer][] {
  const records: [string, Buffer][] = [];
  let at = 0;
  while (at < data.length) {
    // Some writers pad the header with NULs.
    if (data[at] === 0 && data.subarray(at).every((byte) => byte === 0)) break;
    let length = 0;
    let digits = at;
    for (; digits < data.length && data[digits] !== 32; digits++) {
      const digit = data[digits]! - 48;
      if (digit < 0 || digit > 9 || digits - at > 8) throw malformed();
      length = length * 10 + digit;
    }
    const end = at + length;
    if (end > data.length || end < digits + 3 || data[end - 1] !== 10) throw malformed();
    const equals = data.indexOf(61, digits + 1);
    if (equals < 0 || equals >= end - 1 || equals === digits + 1) throw malformed();
    records.push([data.toString('latin1', digits + 1, equals), data.subarray(equals + 1, end - 1)]);
    at = end;
  }
  return records;
}

/** The bytes of an extended header: records sorted by key. Keys are binary strings, text values too. */
export function formatPax(records: ReadonlyMap<string, string | Uint8Array>): Buffer {
  const parts: Uint8Array[] = [];
  for (const key of [...records.keys()].sort()) {
    const given = records.get(key)!;
    const value = typeof given === 'string' ? Buffer.from(given, 'latin1') : given;
    const rest = key.length + value.length + 3;
    let length = rest + String(rest).length;
    // The length counts its own digits.
    if (rest + String(length).length !== length) length = rest + String(length).length;
    parts.push(Buffer.from(`${length} ${key}=`, 'latin1'), value, newline);
  }
  return Buffer.concat(parts);
}

export const XATTR = 'SCHILY.xattr.';

/** The key of an xattr. As GNU tar does, `=` and `%` of the name become `%3D` and `%25`, since a key ends at the first `=`. */
export function xattrKey(name: string): string {
  return XATTR + name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

export function xattrName(key: string): string {
  return key.slice(XATTR.length).replaceAll('%3D', '=').replaceAll('%25', '%');
}

const newline = Buffer.from('\n');

function malformed(): CaissonError {
  return new CaissonError('invalid-content', 'the archive has a malformed PAX header');
}
