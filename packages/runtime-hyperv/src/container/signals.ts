import { constants } from 'node:os';
import { CaissonError } from '@caisson/core';

/** What a signal of another system comes to on Windows: an end without asking, or a console event. */
export type WindowsSignal = 'kill' | 'CtrlC' | 'CtrlBreak' | 'CtrlClose' | 'CtrlLogOff' | 'CtrlShutdown';

const events: Readonly<Record<string, WindowsSignal>> = {
  KILL: 'kill',
  INT: 'CtrlC',
  QUIT: 'CtrlBreak',
  BREAK: 'CtrlBreak',
  HUP: 'CtrlClose',
  CTRLC: 'CtrlC',
  CTRLBREAK: 'CtrlBreak',
  CTRLCLOSE: 'CtrlClose',
  CTRLLOGOFF: 'CtrlLogOff',
  CTRLSHUTDOWN: 'CtrlShutdown',
};

/** Names that POSIX systems have and this host's Node may not. */
const others = ['TERM', 'USR1', 'USR2', 'ALRM', 'WINCH', 'STOP', 'TSTP', 'CONT', 'PIPE', 'CHLD', 'ABRT', 'TRAP', 'ILL', 'FPE', 'SEGV', 'BUS', 'IO', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'PWR', 'SYS', 'STKFLT'];
const numbers: Readonly<Record<number, string>> = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 9: 'KILL', 15: 'TERM' };

/** Signals that Windows has no event for ask the program to shut down. @throws CaissonError `invalid-argument` */
export function windowsSignal(signal: string | number): WindowsSignal {
  const text = String(signal).toUpperCase().replace(/^SIG/, '');
  const name = /^\d+$/.test(text) ? (numbers[Number(text)] ?? (Number(text) >= 1 && Number(text) <= 64 ? 'TERM' : '')) : text;
  const event = events[name];
  if (event) return event;
  if (others.includes(name) || `SIG${name}` in constants.signals) return 'CtrlShutdown';
  throw new CaissonError('invalid-argument', `unknown signal ${JSON.stringify(signal)}`);
}
