import { deflateRawSync } from 'node:zlib';

/** A part of a block that is worth compressing all through, or not at all. */
export interface Run {
  /** Where it begins in the block, and the byte after it. */
  readonly start: number;
  readonly end: number;
  readonly shrinks: boolean;
}

const SEGMENT = 128 * 1024;
const SAMPLE = 4096;
/** Bits in a byte, of a sample of 4096, that no random bytes stay below: theirs are 7.95. */
const RANDOM = 7.9;

/**
 * Divides a block by what compression would make of it: archives, pictures and the like, which lie between files that shrink, take deflate
 * longest of all and come out as they went in. It goes by samples, and by nothing but the bytes.
 */
export function runsOf(block: Buffer): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < block.length; start += SEGMENT) {
    const end = Math.min(start + SEGMENT, block.length);
    const shrinks = segmentShrinks(block.subarray(start, end));
    const last = runs.at(-1);
    if (last?.shrinks === shrinks) runs[runs.length - 1] = { ...last, end };
    else runs.push({ start, end, shrinks });
  }
  return runs;
}

function segmentShrinks(segment: Buffer): boolean {
  if (segment.length < 4 * SAMPLE) return true;
  const samples = [1, 3].map((quarter) => {
    const at = Math.floor((segment.length * quarter) / 4) - SAMPLE / 2;
    return segment.subarray(at, at + SAMPLE);
  });
  // Most of what shrinks is told by how often each byte comes; what repeats itself otherwise, by trying. Less than 3 % is not worth it.
  return samples.some((sample) => entropy(sample) < RANDOM) || deflateRawSync(Buffer.concat(samples), { level: 1 }).length < samples.length * SAMPLE * 0.97;
}

const counts = new Uint32Array(256);

/** Bits that a byte takes where each is given as many as its frequency asks for. */
function entropy(bytes: Buffer): number {
  counts.fill(0);
  for (let at = 0; at < bytes.length; at++) counts[bytes[at] ?? 0]!++;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= count * Math.log2(count / bytes.length);
  return bits / bytes.length;
}
