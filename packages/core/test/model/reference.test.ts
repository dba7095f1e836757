import { describe, expect, it } from 'vitest';
import { familiarReference, formatReference, parseReference, withDefaultTag } from '../../src/model/reference.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  const good: [string, string, string][] = [
    // as typed, in full, as shown
    ['alpine', 'docker.io/library/alpine', 'alpine'],
    ['alpine:3.22', 'docker.io/library/alpine:3.22', 'alpine:3.22'],
    ['acme/app', 'docker.io/acme/app', 'acme/app'],
    ['docker.io/library/alpine', 'docker.io/library/alpine', 'alpine'],
    ['index.docker.io/acme/app:1', 'docker.io/acme/app:1', 'acme/app:1'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost:5000/app:1'],
    ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
    ['ghcr.io/a/b/c__d-e.f:v1', 'ghcr.io/a/b/c__d-e.f:v1', 'ghcr.io/a/b/c__d-e.f:v1'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`],
    [`alpine:3@${digest}`, `docker.io/library/alpine:3@${digest}`, `alpine:3@${digest}`],
    ['Host/app', 'Host/app', 'Host/app'],
  ];
  it.each(good)('%s', (typed, full, shown) => {
    expect(formatReference(parseReference(typed))).toBe(full);
    expect(familiarReference(parseReference(typed))).toBe(shown);
    expect(parseReference(full)).toEqual(parseReference(typed));
  });

  const bad: [string, string][] = [
    ['', 'empty'],
    ['Alpine', 'lower case'],
    ['a//b', 'not a valid part'],
    ['-a', 'not a valid part'],
    ['a:', 'not a tag'],
    ['a:b c', 'not a tag'],
    [`a:${'x'.repeat(129)}`, 'not a tag'],
    ['a@sha256:abc', 'not a digest'],
    ['ghcr.io:99999999/a', 'not a registry host'],
    ['../a', 'not a registry host'],
    ['a'.repeat(64), 'image ID'],
    [`${'a/'.repeat(200)}b`, 'longer than 255'],
    ['a\nb', 'not a valid part'],
  ];
  it.each(bad)('refuses %j', (typed, why) => {
    expect(() => parseReference(typed)).toThrow(why.length > 0 ? new RegExp(why.replaceAll('.', '\\.')) : undefined);
  });

  it('adds latest only where nothing else is said', () => {
    expect(withDefaultTag(parseReference('a')).tag).toBe('latest');
    expect(withDefaultTag(parseReference('a:1')).tag).toBe('1');
    expect(withDefaultTag(parseReference(`a@${digest}`)).tag).toBeUndefined();
  });
});
