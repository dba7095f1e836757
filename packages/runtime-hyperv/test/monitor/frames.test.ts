import { CaissonError } from '@caisson/core';
import { expect, it } from 'vitest';
import { encodeFrame, encodeJson, frame, FrameReader } from '../../src/monitor/frames.js';
import { errorRecord, toError } from '../../src/monitor/messages.js';

it('frames are found again in pieces of any size', () => {
  const data = Buffer.concat([encodeFrame(frame.stdout, Buffer.from('output')), encodeFrame(frame.stdinEnd, Buffer.alloc(0)), encodeJson(frame.exit, { code: 3 })]);
  for (const size of [1, 2, 5, 7, 100]) {
    const seen: [number, string][] = [];
    const reader = new FrameReader((type, content) => seen.push([type, content.toString()]));
    for (let at = 0; at < data.length; at += size) reader.push(data.subarray(at, at + size));
    expect(seen).toEqual([[frame.stdout, 'output'], [frame.stdinEnd, ''], [frame.exit, '{"code":3}']]);
  }
});

it.each([
  ['of an unknown type', Buffer.from([99, 0, 0, 0, 0])],
  ['that claim more than a pipe holds', Buffer.from([5, 255, 255, 255, 255])],
])('frames %s are refused', (_, data) => expect(() => new FrameReader(() => {}).push(data)).toThrow(/protocol/));

it('errors go through a pipe with their code, hint and details', () => {
  const error = toError(errorRecord(new CaissonError('denied', 'no', { hint: 'ask', details: { hresult: 5 } })));
  expect(error).toMatchObject({ code: 'denied', message: 'no', hint: 'ask', details: { hresult: 5 } });
  expect(toError(errorRecord(new TypeError('x')))).toMatchObject({ code: 'internal', message: 'x' });
});
