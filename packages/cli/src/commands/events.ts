import { defineCommand } from '../cli.js';
import { parseTime } from './logs.js';

export default defineCommand<{ since?: string; until?: string; format?: string }>({
  configure(command) {
    command
      .option('--since <time>', 'begin with events of the past: a time, or a span such as 10m')
      .option('--until <time>', 'end at this time')
      .option('--format <format>', 'json')
      .addHelpText('after', '\nExample:\n  caisson events --since 10m --until 0s\n');
  },
  async run(cli, _args, { since, until, format }) {
    const query = { signal: cli.signal, ...(since === undefined ? {} : { since: parseTime(since, '--since') }), ...(until === undefined ? {} : { until: parseTime(until, '--until') }) };
    for await (const { at, type, action, actor, attributes } of cli.engine.events(query)) {
      const details = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
      cli.print(format === 'json' ? JSON.stringify({ time: at.toISOString(), Type: type, Action: action, Actor: { ID: actor, Attributes: attributes } }) : `${at.toISOString()} ${type} ${action} ${actor}${details.length > 0 ? ` (${details.join(', ')})` : ''}`);
    }
  },
});
