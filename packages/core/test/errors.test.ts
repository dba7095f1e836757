import { describe, expect, it } from 'vitest';
import { CaissonError, fromSystemError, isCaissonError, redact } from '../src/errors.js';

describe('redact', () => {
  it.each([
    ['https://me:hunter2@ghcr.io/v2/', 'https://ghcr.io/v2/'],
    ['Authorization: Bearer abcdef.ghijkl-mnop', 'Authorization: Bearer <redacted>'],
    ['Basic bWU6aHVudGVyMg==', 'Basic <redacted>'],
    ['https://s3/x?X-Amz-Signature=abcd&b=1', 'https://s3/x?X-Amz-Signature=<redacted>&b=1'],
    ['plain text with user@example.com', 'plain text with user@example.com'],
  ])('%s', (text, safe) => expect(redact(text)).toBe(safe));
});

it('takes secrets out of a message and a hint', () => {
  const error = new CaissonError('denied', 'GET https://a:b@c/ failed', { hint: 'see https://a:b@c/' });
  expect(error.message + error.hint).not.toContain('a:b');
});

it('knows its own kind across copies of the package', () => {
  const foreign = Object.assign(new Error('x'), { name: 'CaissonError', code: 'not-found' });
  expect(isCaissonError(foreign, 'not-found')).toBe(true);
  expect(isCaissonError(foreign, 'denied')).toBe(false);
  expect(isCaissonError(new Error('x'))).toBe(false);
});

it('gives system errors their code', () => {
  expect(fromSystemError(Object.assign(new Error(), { code: 'ENOSPC' }), 'x').code).toBe('no-space');
  expect(fromSystemError(Object.assign(new Error(), { code: 'EROFS' }), 'x').code).toBe('read-only');
});
