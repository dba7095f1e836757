import { groups } from '../groups.js';

/** Options before the command's name whose value is the next word. */
const takeValues = new Set(['--data-root', '--run-root', '-H', '--host', '-c', '--context', '--config', '-l', '--log-level', '--tlscacert', '--tlscert', '--tlskey']);

/** Where the command's name is among the words that were typed; their number if it is not there. */
export function commandPlace(args: readonly string[]): number {
  const place = args.findIndex((arg, at) => !arg.startsWith('-') && !takeValues.has(args[at - 1] ?? ''));
  return place < 0 ? args.length : place;
}

/** The command by its name, as a name for a folder: `ps`, `container-ls`. Whatever else was typed: `none`. */
export function commandLabel(args: readonly string[]): string {
  const place = commandPlace(args);
  const name = args[place] ?? '';
  const whole = name in groups ? `${name}-${args[place + 1] ?? ''}` : name;
  return /^[a-z][a-z-]{0,40}$/.test(whole) ? whole : 'none';
}
