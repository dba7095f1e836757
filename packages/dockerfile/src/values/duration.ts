import { DockerfileError } from '../source.js';

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, 'µs': 1e3, 'μs': 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/**
 * Go's time.ParseDuration: `1h30m`, `1.5s`, `300ms`. Returns nanoseconds.
 * @throws DockerfileError `flag-value`
 */
export function parseDuration(text: string): number {
  const bad = (why: string): never => {
    throw new DockerfileError('flag-value', `time: ${why} in duration ${JSON.stringify(text.slice(0, 60))}`, { hint: 'write it like 30s, 1m30s or 500ms' });
  };
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '' || text.length > 100) return bad('invalid text');
  let total = 0;
  let at = 0;
  const piece = /(\d+(?:\.\d*)?|\.\d+)([^\d.]*)/y;
  while (at < unsigned.length) {
    piece.lastIndex = at;
    const match = piece.exec(unsigned);
    if (!match) return bad('invalid text');
    const unit = units[match[2] ?? ''];
    if (match[2] === '') return bad('missing unit');
    if (unit === undefined) return bad(`unknown unit ${JSON.stringify(match[2])}`);
    total += Number(match[1]) * unit;
    at = piece.lastIndex;
  }
  if (total > Number.MAX_SAFE_INTEGER * 1000) return bad('number too large');
  return (text.startsWith('-') ? -1 : 1) * Math.round(total);
}
