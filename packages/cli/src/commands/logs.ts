import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { printLog } from '../output/log.js';

interface LogFlags {
  readonly follow?: boolean;
  readonly tail?: string;
  readonly timestamps?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly details?: boolean;
}

export default defineCommand<LogFlags>({
  configure(command) {
    command
      .argument('<container>', 'name or ID')
      .option('-f, --follow', 'go on as more is written')
      .option('-n, --tail <lines>', 'only the last lines, or all')
      .option('-t, --timestamps', 'print the time before each line')
      .option('--details', 'print the labels and variables that the log options ask for before each line')
      .option('--since <time>', 'from a time on (2026-01-31T12:00:00) or for a while back (10m)')
      .option('--until <time>', 'up to a time')
      .addHelpText('after', '\nExamples:\n  caisson logs -f --tail 20 web\n  caisson logs --since 10m web\n');
  },
  async run(cli, [name = ''], { follow = false, tail, timestamps, since, until, details }) {
    const lines = tail === undefined || tail === 'all' ? undefined : Number(tail);
    if (lines !== undefined && !Number.isInteger(lines)) throw new CaissonError('invalid-argument', `--tail: ${JSON.stringify(tail)} is not a number of lines`);
    const entries = cli.engine.containers.logs(name, {
      follow,
      signal: cli.signal,
      ...(details ? { details } : {}),
      ...(lines === undefined ? {} : { tail: Math.max(0, lines) }),
      ...(since === undefined ? {} : { since: parseTime(since, '--since') }),
      ...(until === undefined ? {} : { until: parseTime(until, '--until') }),
    });
    await printLog(entries, timestamps ?? false);
  },
});

/** A point in time: RFC 3339, seconds since 1970, or a span before now (`1h30m`). @throws CaissonError `invalid-argument` */
export function parseTime(text: string, flag: string): Date {
  const span = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (text !== '' && span) return new Date(Date.now() - ((Number(span[1] ?? 0) * 60 + Number(span[2] ?? 0)) * 60 + Number(span[3] ?? 0)) * 1000);
  const date = /^\d+(?:\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
  if (Number.isNaN(date.getTime())) throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text)} is not a time`, { hint: 'write 2026-01-31T12:00:00Z, or 10m for ten minutes ago' });
  return date;
}
