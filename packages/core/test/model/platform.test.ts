import { describe, expect, it } from 'vitest';
import { formatPlatform, parsePlatform, platformFit } from '../../src/model/platform.js';

describe('parsePlatform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['armhf', 'linux/arm/v7'],
    ['Windows/AMD64', 'windows/amd64'],
  ])('%s is %s', (typed, normal) => expect(formatPlatform(parsePlatform(typed))).toBe(normal));

  it.each(['', 'a/b/c/d', 'linux/', 'linux/am d64', '/'])('refuses %j', (typed) => expect(() => parsePlatform(typed)).toThrow(/invalid platform/));
});

describe('platformFit', () => {
  it.each([
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'linux/arm64', false],
    ['linux/arm/v7', 'linux/arm/v6', true],
    ['linux/arm/v6', 'linux/arm/v7', false],
    ['linux/amd64', 'windows/amd64', false],
    ['linux/amd64', 'linux/amd64/v3', false],
  ])('an image for %2$s on %1$s', (want, have, fits) => expect(platformFit(parsePlatform(want), parsePlatform(have)) > 0).toBe(fits));

  it('prefers the nearest lower variant', () => {
    const want = parsePlatform('linux/arm/v7');
    expect(platformFit(want, parsePlatform('linux/arm/v6'))).toBeGreaterThan(platformFit(want, parsePlatform('linux/arm/v5')));
  });
});
