import { CaissonError } from '@caisson/core';

export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Uint8Array;
  /** FILE_NEED_EA and the like. */
  readonly flags: number;
}

/** A list of FILE_FULL_EA_INFORMATION, each on a boundary of four bytes. */
export function encodeExtendedAttributes(attributes: readonly ExtendedAttribute[]): Buffer {
  return Buffer.concat(
    attributes.map(({ name, value, flags }, place) => {
      const text = Buffer.from(name, 'latin1');
      if (text.length > 255 || value.length > 65_535) throw new CaissonError('invalid-content', 'a file of the layer has too large an extended attribute');
      const size = 8 + text.length + 1 + value.length;
      const last = place === attributes.length - 1;
      const padded = last ? size : (size + 3) & ~3;
      const entry = Buffer.alloc(padded);
      entry.writeUInt32LE(last ? 0 : padded, 0);
      entry.writeUInt8(flags, 4);
      entry.writeUInt8(text.length, 5);
      entry.writeUInt16LE(value.length, 6);
      text.copy(entry, 8);
      entry.set(value, 8 + text.length + 1);
      return entry;
    }),
  );
}

/** @throws CaissonError `invalid-content` */
export function decodeExtendedAttributes(data: Buffer): ExtendedAttribute[] {
  const attributes: ExtendedAttribute[] = [];
  for (let at = 0; data.length > 0; ) {
    if (at + 9 > data.length) throw malformed();
    const nameEnd = at + 8 + data.readUInt8(at + 5);
    const end = nameEnd + 1 + data.readUInt16LE(at + 6);
    if (end > data.length) throw malformed();
    attributes.push({ name: data.toString('latin1', at + 8, nameEnd), value: data.subarray(nameEnd + 1, end), flags: data.readUInt8(at + 4) });
    const next = data.readUInt32LE(at);
    if (next === 0) break;
    if (next < 9) throw malformed();
    at += next;
  }
  return attributes;
}

function malformed(): CaissonError {
  return new CaissonError('invalid-content', 'a file of the layer has malformed extended attributes');
}
