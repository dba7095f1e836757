import { expect, it } from 'vitest';
import { checkWindowsName } from '../../../src/layers/apply/windows-name.js';

it.each(['..\\evil', 'C:evil', 'file:stream', '\\'])('%s is no name on Windows', (name) => {
  expect(() => checkWindowsName(name)).toThrow(expect.objectContaining({ code: 'invalid-content', message: expect.stringMatching(/cannot be made on Windows/) as string }));
});

it('others are left alone', () => {
  for (const name of ['', 'plain', '..', 'with space', '\u00c3\u00bc']) expect(() => checkWindowsName(name)).not.toThrow();
});
