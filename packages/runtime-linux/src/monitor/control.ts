import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { CaissonError, systemCode, type TerminalSize } from '@caisson/core';
import type { ContainerFolder } from '../container/folder.js';

/** The messages that conmon takes through its fifo `ctl`: a number and two values. */
const RESIZE = 1;
const REOPEN_LOG = 2;

/** Tells the monitor the terminal's new size. Quietly nothing when it has gone meanwhile. @throws CaissonError `invalid-argument` */
export function resizeTerminal(folder: ContainerFolder, { columns, rows }: TerminalSize): void {
  // conmon takes no more than 1000 either way.
  if (![columns, rows].every((size) => Number.isInteger(size) && size >= 0 && size <= 1000)) throw new CaissonError('invalid-argument', `not the size of a terminal: ${columns}×${rows}`);
  tell(folder, `${RESIZE} ${rows} ${columns}\n`);
}

/** Has the monitor go on in a new log file at the same path: the old one has been renamed. Quietly nothing when it has gone. */
export function reopenLog(folder: ContainerFolder): void {
  tell(folder, `${REOPEN_LOG} 0 0\n`);
}

function tell(folder: ContainerFolder, message: string): void {
  try {
    const fd = openSync(folder.file('ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fd, message);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!['ENXIO', 'ENOENT'].includes(systemCode(error) ?? '')) throw error;
  }
}
