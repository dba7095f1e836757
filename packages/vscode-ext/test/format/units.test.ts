import { describe, expect, it } from 'vitest';
import { formatPorts, portUrl } from '../../src/format/ports.js';
import { formatAge, formatBytes, formatSeconds, knownDate, shortId } from '../../src/format/units.js';

const now = new Date('2026-06-01T12:00:00Z');
const ago = (seconds: number) => formatAge(new Date(now.getTime() - seconds * 1000), now);

describe('what people read', () => {
  it.each([[0, '0 B'], [999, '999 B'], [1000, '1 kB'], [1234, '1.23 kB'], [999_600, '1 MB'], [4_190_000, '4.19 MB'], [7.5e12, '7.5 TB'], [3e16, '30000 TB']])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([[-5, 'just now'], [2, 'just now'], [42, '42 seconds ago'], [61, 'a minute ago'], [150, '2 minutes ago'], [3700, 'an hour ago'], [86_400, '24 hours ago'], [3 * 86_400, '3 days ago'], [100 * 86_400, '3 months ago'], [1000 * 86_400, '2 years ago']])('writes %d seconds ago as %s', (seconds, text) => {
    expect(ago(seconds)).toBe(text);
  });

  it('writes durations and IDs', () => {
    expect([0.04, 0.9999, 9.94, 42.4, 185].map(formatSeconds)).toEqual(['40 ms', '1.0 s', '9.9 s', '42 s', '3 min 5 s']);
    expect(shortId(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
  });

  it('takes the fixed dates of reproducible images for none', () => {
    expect(knownDate(new Date(0))).toBeUndefined();
    expect(knownDate(new Date('1980-01-01T00:00:01Z'))).toBeUndefined();
    expect(knownDate(undefined)).toBeUndefined();
    expect(knownDate(now)).toBe(now);
  });
});

describe('ports', () => {
  const port = (hostIp: string, hostPort: number, containerPort: number, protocol: 'tcp' | 'udp' = 'tcp') => ({ hostIp, hostPort, containerPort, protocol });

  it('shows each once, and what is not published not at all', () => {
    expect(formatPorts([port('0.0.0.0', 8080, 80), port('::', 8080, 80), port('', 53, 53, 'udp'), port('', 0, 9229)])).toBe('8080→80, 53→53/udp');
  });

  it('leads a browser to where it can go', () => {
    expect(portUrl(port('0.0.0.0', 8080, 80))).toBe('http://localhost:8080/');
    expect(portUrl(port('10.0.0.5', 1443, 443))).toBe('https://10.0.0.5:1443/');
    expect(portUrl(port('fe80::1', 80, 80))).toBe('http://[fe80::1]:80/');
  });
});
