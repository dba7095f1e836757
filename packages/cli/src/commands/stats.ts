import { isCaissonError, type ContainerStats } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { formatHelp, formatList } from '../output/list.js';
import { statsListing, type StatsRow } from '../output/stats.js';

interface StatsFlags {
  readonly all?: boolean;
  readonly format?: string;
  readonly stream: boolean;
  readonly trunc: boolean;
}

interface Row extends StatsRow {
  now?: ContainerStats;
  before?: ContainerStats;
}

export default defineCommand<StatsFlags>({
  configure(command) {
    command
      .argument('[container...]', 'names or IDs (default: all that run)')
      .option('-a, --all', 'also those that do not run')
      .option('--format <format>', formatHelp)
      .option('--no-stream', 'print one reading and end')
      .option('--no-trunc', 'whole IDs')
      .addHelpText('after', '\nExamples:\n  caisson stats\n  caisson stats --no-stream --format "{{.Name}} {{.CPUPerc}}" web\n');
  },
  async run(cli, names, { all = false, format, stream, trunc }) {
    const listing = statsListing(trunc);
    formatList(listing, [], format); // a format that is wrong is told of before a second is spent on measuring
    const rows = new Map<string, Row>();
    const stop = new AbortController();
    const end = () => stop.abort();
    cli.signal.addEventListener('abort', end);
    const measure = (id: string, name: string, asked?: string) => follow(cli, rows, { id, name, ...(asked === undefined ? {} : { asked }) }, stop.signal);
    try {
      const chosen: readonly { readonly id: string; readonly name: string; readonly asked?: string }[] = names.length > 0 ? await Promise.all(names.map(async (name) => ({ ...(await cli.engine.containers.get(name)), asked: name }))) : await cli.engine.containers.list({ all });
      const readings = chosen.map((one) => measure(one.id, one.name, one.asked));
      if (!stream) {
        // The share of the processors needs two readings.
        await Promise.all(readings.map((reading) => reading.measured));
        process.stdout.write(formatList(listing, [...rows.values()], format));
        return;
      }
      const comings = names.length === 0 ? watch(cli, rows, measure, stop.signal) : undefined;
      await draw(() => formatList(listing, [...rows.values()], format), stop.signal);
      await comings;
    } finally {
      end();
      cli.signal.removeEventListener('abort', end);
    }
  },
});

/** Keeps the container's row up to date until it ends; `measured` resolves when the row can be shown. */
function follow(cli: Cli, rows: Map<string, Row>, row: Row, signal: AbortSignal): { measured: Promise<void> } {
  const { id, asked } = row;
  const base = { id, ...(asked === undefined ? {} : { asked }) };
  rows.set(id, row);
  const twice = Promise.withResolvers<void>();
  void (async () => {
    try {
      for await (const reading of cli.engine.containers.stats(id, { stream: true, signal })) {
        const { now } = rows.get(id) ?? row;
        rows.set(id, { ...base, name: reading.name, now: reading, ...(now ? { before: now } : {}) });
        if (now) twice.resolve();
      }
      rows.set(id, { ...base, name: row.name });
    } catch (error) {
      if (!isCaissonError(error, 'in-use', 'not-found')) return twice.reject(error);
      if (isCaissonError(error, 'not-found')) rows.delete(id);
    }
    twice.resolve();
  })();
  twice.promise.catch(() => {}); // seen by whoever waits for it
  return { measured: twice.promise };
}

/** Rows for containers that start while the table is shown, and no more for those that are removed. */
async function watch(cli: Cli, rows: Map<string, Row>, started: (id: string, name: string) => void, signal: AbortSignal): Promise<void> {
  for await (const { action, actor, attributes } of cli.engine.events({ types: ['container'], signal })) {
    if (action === 'start') started(actor, attributes.name ?? actor);
    if (action === 'destroy') rows.delete(actor);
  }
}

/** Draws anew each second: over the old table on a terminal, else below it. */
async function draw(text: () => string, signal: AbortSignal): Promise<void> {
  const terminal = process.stdout.isTTY;
  await new Promise<void>((resolve) => {
    const show = () => process.stdout.write(terminal ? `\x1b[H${text().replaceAll('\n', '\x1b[K\n')}\x1b[J` : text());
    if (terminal) process.stdout.write('\x1b[2J');
    show();
    const timer = setInterval(show, 1000);
    const end = () => {
      clearInterval(timer);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
