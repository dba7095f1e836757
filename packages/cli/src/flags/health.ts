import { CaissonError, type Healthcheck } from '@caisson/core';
import type { Command } from 'commander';
import { count, definedOnly, duration, invalid } from './values.js';

export interface HealthFlags {
  readonly healthCmd?: string;
  readonly healthInterval?: string;
  readonly healthRetries?: string;
  readonly healthStartInterval?: string;
  readonly healthStartPeriod?: string;
  readonly healthTimeout?: string;
  /** False for `--no-healthcheck`. */
  readonly healthcheck?: boolean;
}

export function addHealthFlags(command: Command): Command {
  return command
    .option('--health-cmd <command>', 'command that exits with 0 while the container is healthy')
    .option('--health-interval <span>', 'time between two checks (30s)')
    .option('--health-retries <count>', 'failures in a row that make it unhealthy (3)')
    .option('--health-start-interval <span>', 'time between two checks in the start period (5s)')
    .option('--health-start-period <span>', 'time in which failures do not count (0s)')
    .option('--health-timeout <span>', 'time that one check may take (30s)')
    .option('--no-healthcheck', "turn the image's health check off");
}

/** Absent where nothing is said. @throws CaissonError `invalid-argument` */
export function health(flags: HealthFlags): Healthcheck | undefined {
  const span = (flag: string, value: string | undefined) => {
    const nanoseconds = duration(flag, value);
    return nanoseconds !== undefined && nanoseconds !== 0 && nanoseconds < 1e6 ? invalid(flag, value ?? '', 'at least 1ms') : nanoseconds;
  };
  const retries = count('--health-retries', flags.healthRetries);
  if (retries !== undefined && retries < 0) invalid('--health-retries', flags.healthRetries ?? '', 'give 1 or more, or 0 for the default');
  const given = definedOnly<Healthcheck>({
    Test: flags.healthCmd === undefined || flags.healthCmd === '' ? undefined : ['CMD-SHELL', flags.healthCmd],
    Interval: span('--health-interval', flags.healthInterval),
    Timeout: span('--health-timeout', flags.healthTimeout),
    StartPeriod: span('--health-start-period', flags.healthStartPeriod),
    StartInterval: span('--health-start-interval', flags.healthStartInterval),
    Retries: retries,
  });
  const some = Object.keys(given).length > 0;
  if (flags.healthcheck === false && some) throw new CaissonError('invalid-argument', '--no-healthcheck and the --health options exclude each other');
  return flags.healthcheck === false ? { Test: ['NONE'] } : some ? given : undefined;
}
