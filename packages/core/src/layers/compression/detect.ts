import type { LayerCompression } from '../../model/media-type.js';

/** What a stream is compressed with, by its first bytes (six are enough). `bzip2` and `xz` are told apart but not decompressed here. */
export function detectCompression(head: Uint8Array): LayerCompression | 'bzip2' | 'xz' {
  const is = (...magic: number[]) => magic.every((byte, i) => head[i] === byte);
  if (is(0x1f, 0x8b)) return 'gzip';
  if (is(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  // A zstd file may begin with a skippable frame.
  if (head[0] !== undefined && (head[0] & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return 'zstd';
  if (is(0x42, 0x5a, 0x68)) return 'bzip2';
  if (is(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  return 'none';
}
