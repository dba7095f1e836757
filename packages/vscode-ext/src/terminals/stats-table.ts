import type { ContainerStats } from '@caisson/core';
import { formatBytes } from '../format/units.js';

export interface StatsRow {
  readonly name: string;
  /** Of one CPU; undefined for the first reading, which has nothing to compare with. */
  readonly cpuPercent: number | undefined;
  readonly stats: ContainerStats;
}

/** What it used of the CPUs between two readings, 100 for one CPU. */
export function cpuPercent(before: ContainerStats | undefined, now: ContainerStats): number | undefined {
  if (before === undefined) return undefined;
  const elapsed = (now.at.getTime() - before.at.getTime()) * 1e6;
  return elapsed <= 0 ? undefined : Math.max(0, ((now.cpuNanoseconds - before.cpuNanoseconds) / elapsed) * 100);
}

/**
 * A table with columns as wide as what is in them; a bar shows how much of its memory limit each has. In a terminal of fewer columns it goes
 * without bars, and what is too long still is cut.
 */
export function statsTable(rows: readonly StatsRow[], columns = Infinity): readonly string[] {
  const cells = rows.map(({ name, cpuPercent: cpu, stats }) => {
    const limited = stats.memoryLimit > 0 && stats.memoryLimit < 2 ** 60;
    const received = Object.values(stats.networks ?? {}).reduce((sum, one) => sum + one.receivedBytes, 0);
    const sent = Object.values(stats.networks ?? {}).reduce((sum, one) => sum + one.sentBytes, 0);
    return [
      name,
      cpu === undefined ? '…' : `${cpu.toFixed(1)} %`,
      bar(cpu === undefined ? 0 : cpu / (100 * Math.max(1, stats.onlineCpus))),
      limited ? `${formatBytes(stats.memoryBytes)} / ${formatBytes(stats.memoryLimit)}` : formatBytes(stats.memoryBytes),
      limited ? bar(stats.memoryBytes / stats.memoryLimit) : '',
      `${formatBytes(received)} / ${formatBytes(sent)}`,
      `${formatBytes(stats.blockReadBytes)} / ${formatBytes(stats.blockWriteBytes)}`,
      String(stats.pids),
    ];
  });
  const all = [['NAME', 'CPU', '', 'MEMORY', '', 'NET IN / OUT', 'DISK IN / OUT', 'PIDS'], ...cells];
  const whole = table(all);
  if (whole.every((line) => line.length <= columns)) return whole;
  const withoutBars = table(all.map((row) => row.filter((_, column) => column !== 2 && column !== 4)));
  return withoutBars.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
}

export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd());
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * 10);
  return '█'.repeat(full) + '░'.repeat(10 - full);
}
