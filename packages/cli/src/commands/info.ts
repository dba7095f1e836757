import { formatPlatform, type Capability } from '@caisson/core';
import { defineCommand } from '../cli.js';

const say = (capability: Capability) => (capability.available ? 'yes' : `no: ${capability.reason}`);

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('--format <format>', 'json').addHelpText('after', '\nExample:\n  caisson info\n');
  },
  async run(cli, _args, { format }) {
    const [info, images, containers] = await Promise.all([cli.engine.system.info(), cli.engine.images.list(), cli.engine.containers.list({ all: true }).catch(() => [])]);
    if (format === 'json') {
      cli.print(JSON.stringify({ ...info, images: images.length, containers: containers.length, node: process.version }));
      return;
    }
    const { dataRoot, runRoot, runtime, problem } = info;
    const lines: [string, string][] = [
      ['Data root', dataRoot],
      ['Run root', runRoot],
      ['Platform', formatPlatform(info.platform)],
      ['Node', process.version],
      ['Images', String(images.length)],
      ['Containers', `${containers.length} (${containers.filter(({ status }) => status === 'running').length} running)`],
    ];
    if (runtime) {
      lines.push(['Runtime', runtime.name]);
      for (const [name, version] of Object.entries(runtime.components)) lines.push([`  ${name}`, version]);
      lines.push(['Pause', say(runtime.pause)], ['Limits', say(runtime.limits)], ['Stats', say(runtime.stats)], ['Terminals', say(runtime.terminal)]);
    } else lines.push(['Runtime', `none: ${problem}`]);
    for (const [name, value] of lines) cli.print(`${`${name}:`.padEnd(16)}${value}`);
  },
});
