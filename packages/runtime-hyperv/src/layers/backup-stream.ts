import { CaissonError } from '@caisson/core';

/** Kinds of streams: WIN32_STREAM_ID of BackupWrite. */
export const backupStream = { data: 1, extendedAttributes: 2, security: 3, alternateData: 4, link: 5, properties: 6, objectId: 7, reparse: 8, sparse: 9, transaction: 10 } as const;

/** Bytes of a header without its name. */
const headerBytes = 20;
/** Streams about a file are small; only its data are not. */
const maxMetadata = 1 << 20;

/** The header of one stream: kind, attributes, size, and for alternate data the name (`:name:$DATA`). */
export function streamHeader(kind: number, size: number, name = '', attributes = 0): Buffer {
  const text = Buffer.from(name, 'utf16le');
  const header = Buffer.alloc(headerBytes + text.length);
  header.writeUInt32LE(kind, 0);
  header.writeUInt32LE(attributes, 4);
  header.writeBigUInt64LE(BigInt(size), 8);
  header.writeUInt32LE(text.length, 16);
  text.copy(header, headerBytes);
  return header;
}

/** A whole stream. */
export function stream(kind: number, content: Uint8Array, name = ''): Buffer {
  return Buffer.concat([streamHeader(kind, content.length, name), content]);
}

export interface BackupPart {
  readonly kind: number;
  readonly name: string;
  readonly size: number;
  /** Where in the file its content begins. */
  readonly offset: number;
}

/**
 * The parts of a backup stream that lies in a file, from `offset` on; contents are not read.
 * @throws CaissonError `invalid-content`
 */
export function backupParts(read: (into: Buffer, position: number) => number, offset: number, length: number): BackupPart[] {
  const parts: BackupPart[] = [];
  const header = Buffer.alloc(headerBytes);
  for (let at = offset; at < length; ) {
    if (read(header, at) !== headerBytes) throw malformed();
    const size = Number(header.readBigUInt64LE(8));
    const nameBytes = header.readUInt32LE(16);
    if (nameBytes > 65_536 || !Number.isSafeInteger(size) || at + headerBytes + nameBytes + size > length) throw malformed();
    const name = Buffer.alloc(nameBytes);
    if (nameBytes > 0 && read(name, at + headerBytes) !== nameBytes) throw malformed();
    const part = { kind: header.readUInt32LE(0), name: name.toString('utf16le'), size, offset: at + headerBytes + nameBytes };
    if (part.kind < 1 || part.kind > 10) throw malformed();
    if (part.kind !== backupStream.data && part.kind !== backupStream.alternateData && part.kind !== backupStream.sparse && size > maxMetadata) throw malformed();
    parts.push(part);
    at = part.offset + size;
  }
  return parts;
}

function malformed(): CaissonError {
  return new CaissonError('invalid-content', 'a file of the layer has a malformed backup stream');
}
