import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BuildLines } from '../../src/server/streams/build-lines.js';
import { checkDetachKeys } from '../../src/server/streams/detach-keys.js';
import { frame } from '../../src/server/streams/multiplex.js';
import { TransferLines } from '../../src/server/streams/transfer-progress.js';
import { write } from '../../src/server/streams/writer.js';

it('frames output', () => {
  expect(frame('stdout', Buffer.from('hi'))).toEqual(Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 104, 105]));
  expect(frame('stderr', Buffer.alloc(70_000)).subarray(0, 8)).toEqual(Buffer.from([2, 0, 0, 0, 0, 1, 0x11, 0x70]));
});

describe('writing', () => {
  it('waits for a slow reader', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const pause = write(stream, '12345');
    expect(pause).toBeInstanceOf(Promise);
    stream.resume();
    await pause;
    expect(stream.listenerCount('drain')).toBe(0);
  });

  it('fails when the reader has gone', async () => {
    const stream = new Writable({ highWaterMark: 1, write: () => {} });
    const pause = write(stream, '12345');
    stream.destroy();
    await expect(pause).rejects.toThrow('gone');
    await expect(write(stream, 'x')).rejects.toThrow('gone');
  });
});

it('refuses keys to leave by that are none, in docker’s words', () => {
  for (const keys of ['ctrl-', 'ctrl-1', 'ab', 'ctrl-p,']) expect(() => checkDetachKeys(keys)).toThrow(`Invalid escape keys (${keys}) provided`);
});

it('tells a pull in docker’s words, and not each byte of it', () => {
  const lines = new TransferLines('pull');
  const id = `sha256:${'a'.repeat(64)}`;
  expect(lines.line({ id, status: 'waiting', current: 0, total: 9 })).toEqual({ status: 'Pulling fs layer', progressDetail: {}, id: 'a'.repeat(12) });
  expect(lines.line({ id, status: 'copying', current: 1, total: 9 })).toMatchObject({ status: 'Downloading', progressDetail: { current: 1, total: 9 } });
  expect(lines.line({ id, status: 'copying', current: 2, total: 9 })).toBeUndefined();
  expect(lines.line({ id, status: 'done', current: 9, total: 9 })).toMatchObject({ status: 'Pull complete' });
});

it('tells a build as the classic builder does', () => {
  const step = { id: '0/1', stage: '0', title: '[stage-0 1/1] RUN exit 3', range: { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } } };
  const lines = new BuildLines({ quiet: false });
  const said = [...lines.event({ type: 'stage', stage: '0', steps: [step] }), ...lines.event({ type: 'started', step }), ...lines.event({ type: 'output', step: step.id, stream: 'stdout', text: 'x\n' }), ...lines.event({ type: 'failed', step: step.id, message: 'no' })];
  expect(said.map((line) => line.stream)).toEqual(['Step 1/1 : RUN exit 3', '\n', 'x\n']);
  expect(lines.failed).toBe('/bin/sh -c exit 3');
  const quiet = new BuildLines({ quiet: true });
  expect([...quiet.event({ type: 'started', step }), ...quiet.result({ imageId: `sha256:${'b'.repeat(64)}` }, [])]).toEqual([{ aux: { ID: `sha256:${'b'.repeat(64)}` } }, { stream: `sha256:${'b'.repeat(64)}\n` }]);
});
