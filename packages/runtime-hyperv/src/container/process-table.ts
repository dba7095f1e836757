import type { ProcessTable } from '@caisson/core';

/** A row of the service's list (hcsshim: container.go, `ProcessListItem`). Times are in units of 100 ns. */
export interface ProcessListItem {
  readonly ProcessId: number;
  readonly ImageName?: string;
  readonly KernelTime100ns?: number;
  readonly UserTime100ns?: number;
  readonly MemoryWorkingSetPrivateBytes?: number;
}

/** As docker shows it on Windows. */
export function processTable(list: readonly ProcessListItem[]): ProcessTable {
  return {
    titles: ['Name', 'PID', 'CPU', 'Private Working Set'],
    processes: list.map((item) => [item.ImageName ?? '', String(item.ProcessId), cpuTime((item.KernelTime100ns ?? 0) + (item.UserTime100ns ?? 0)), size(item.MemoryWorkingSetPrivateBytes ?? 0)]),
  };
}

/** `00:00:01.234`. */
function cpuTime(units: number): string {
  const milliseconds = Math.floor(units / 10_000);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  return `${pad(Math.floor(milliseconds / 3_600_000))}:${pad(Math.floor(milliseconds / 60_000) % 60)}:${pad(Math.floor(milliseconds / 1000) % 60)}.${pad(milliseconds % 1000, 3)}`;
}

/** Decimal units, as docker has them. */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${units[unit] ?? ''}`;
}
