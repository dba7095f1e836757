import { constants } from 'node:os';
import { CaissonError } from '@caisson/core';

/** `9`, `KILL`, `SIGKILL`, `sigkill`, `RTMIN+3`. @throws CaissonError `invalid-argument` */
export function signalNumber(signal: string | number): number {
  if (typeof signal === 'number' || /^\d+$/.test(signal)) {
    const number = Number(signal);
    if (Number.isInteger(number) && number >= 0 && number <= 64) return number;
  } else {
    const name = signal.toUpperCase().replace(/^SIG/, '');
    const known = (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`];
    if (known !== undefined) return known;
    const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
    if (realTime) {
      const number = (realTime[1] === 'MIN' ? 34 : 64) + (realTime[2] === '-' ? -1 : 1) * Number(realTime[3] ?? 0);
      if (number >= 34 && number <= 64) return number;
    }
  }
  throw new CaissonError('invalid-argument', `unknown signal: ${JSON.stringify(String(signal).slice(0, 40))}`);
}
