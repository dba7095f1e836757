import { DockerfileError } from '../source.js';

/**
 * `64m`, `1.5GiB`, `100` as bytes, powers of 1024 (go-units RAMInBytes).
 * @throws DockerfileError `flag-value`
 */
export function parseSize(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgtp])?i?b?$/i.exec(text);
  if (!match) throw new DockerfileError('flag-value', `invalid size ${JSON.stringify(text.slice(0, 60))}`, { hint: 'write it like 64m or 1g' });
  const power = match[2] === undefined ? 0 : 'kmgtp'.indexOf(match[2].toLowerCase()) + 1;
  return Math.floor(Number(match[1]) * 1024 ** power);
}
