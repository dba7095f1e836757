import { expect, it } from 'vitest';
import { windowsSignal } from '../../src/container/signals.js';
import { processTable } from '../../src/container/process-table.js';
import { describe as words, hex, isNoProgram } from '../../src/hcs/hresult.js';
import { hcsError, hresultOf } from '../../src/hcs/hcs-error.js';

it.each([
  ['KILL', 'kill'], ['SIGKILL', 'kill'], [9, 'kill'], ['9', 'kill'], ['INT', 'CtrlC'], [2, 'CtrlC'], ['SIGQUIT', 'CtrlBreak'], ['HUP', 'CtrlClose'], ['TERM', 'CtrlShutdown'], [15, 'CtrlShutdown'], ['sigusr1', 'CtrlShutdown'], ['CtrlLogOff', 'CtrlLogOff'], ['CtrlBreak', 'CtrlBreak'],
])('the signal %s is %s', (signal, event) => expect(windowsSignal(signal)).toBe(event));

it.each(['NONSENSE', '', 0, 99, -1])('the signal %j is refused', (signal) => expect(() => windowsSignal(signal)).toThrow(/unknown signal/));

it('processes are shown as docker shows them', () => {
  expect(processTable([{ ProcessId: 4, ImageName: 'cmd.exe', KernelTime100ns: 12_340_000, UserTime100ns: 36_000_000_000, MemoryWorkingSetPrivateBytes: 1_234_567 }]).processes).toEqual([['cmd.exe', '4', '01:00:01.234', '1.235MB']]);
});

it('HRESULTs have words, events of the service come along', () => {
  expect(hex(-1)).toBe('0xffffffff');
  expect(words(0x80070005)).toBe('access denied (0x80070005)');
  expect(words(0x00000001)).toBe('0x00000001');
  expect([isNoProgram(0x80070002), isNoProgram(0x80070005)]).toEqual([true, false]);
  const error = hcsError(0xc0370101, JSON.stringify({ Error: -1, ErrorMessage: 'less', ErrorEvents: [{ Message: 'The image is for\r\n another build.' }] }), 'creating x');
  expect(error).toMatchObject({ code: 'runtime-failed', message: expect.stringMatching(/creating x failed: .*match.*\(0xc0370101\): The image is for another build$/) as string, hint: expect.stringContaining('hyperv') as string });
  expect(hresultOf(error)).toBe(0xc0370101);
  expect(hcsError(5, 'not json', 'x').message).toContain('not json');
  expect(hcsError(5, undefined, 'x').message).toBe('x failed: 0x00000005');
});
