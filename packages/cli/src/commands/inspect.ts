import { CaissonError, isCaissonError, type Platform } from '@caisson/core';
import type { Command } from 'commander';
import { defineCommand, type Cli, type CommandModule } from '../cli.js';
import { inspectObject, type InspectedKind } from '../engine/inspector.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { inspectEach, inspectFormatHelp } from './inspect-each.js';

/** In docker's order of trying. */
const kinds: readonly InspectedKind[] = ['container', 'image', 'network', 'volume'];

export default defineCommand<{ format?: string; type?: string; size?: boolean }>({
  configure(command) {
    command
      .argument('<name...>', 'names or IDs of containers, images, networks or volumes')
      .option('-f, --format <format>', inspectFormatHelp)
      .option('-s, --size', 'how much room containers take')
      .option('--type <type>', 'only this kind: container, image, network or volume')
      .addHelpText('after', '\nExamples:\n  caisson inspect web\n  caisson inspect -f "{{.State.Status}}" web\n  caisson inspect -f "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}" web\n');
  },
  run(cli, names, { format, type, size = false }) {
    const kind = kinds.find((one) => one === type);
    if (type !== undefined && !kind) throw new CaissonError('invalid-argument', `--type: ${JSON.stringify(type)} is not known`, { hint: `use one of ${kinds.join(', ')}` });
    return inspectEach(cli, names, (name) => (kind ? inspectObject(cli, kind, name, { size }) : inspectAny(cli, name, size)), format);
  },
});

async function inspectAny(cli: Cli, name: string, size: boolean): Promise<object> {
  for (const kind of kinds) {
    try {
      return await inspectObject(cli, kind, name, { size });
    } catch (error) {
      if (!isCaissonError(error, 'not-found', 'invalid-argument')) throw error;
    }
  }
  throw new CaissonError('not-found', `No such object: ${name.slice(0, 200)}`);
}

/** `container inspect` and the like. */
export function inspectKind(kind: InspectedKind, example: string, more: (command: Command) => void = () => {}): CommandModule {
  return defineCommand<{ format?: string; size?: boolean; platform?: string }>({
    configure(command) {
      command.argument(`<${kind}...>`, 'names or IDs').option('-f, --format <format>', inspectFormatHelp);
      more(command);
      command.addHelpText('after', `\nExample:\n  ${example}\n`);
    },
    run(cli, names, { format, size = false, platform }) {
      const options: { size: boolean; platform?: Platform } = { size, ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }) };
      return inspectEach(cli, names, (name) => inspectObject(cli, kind, name, options), format);
    },
  });
}
