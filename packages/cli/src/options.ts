import { Command, type Option } from 'commander';

/**
 * A command whose options are written as docker's may be: `--rm=false`, `--sig-proxy=false`, `-q=true`, `-e=NAME=value`. commander takes
 * values of options that have none for a mistake.
 */
export class DockerCommand extends Command {
  passThrough = false;

  override createCommand(name?: string): DockerCommand {
    return new DockerCommand(name);
  }

  override passThroughOptions(on = true): this {
    this.passThrough = on;
    return super.passThroughOptions(on);
  }

  override parseOptions(argv: string[]): ReturnType<Command['parseOptions']> {
    return super.parseOptions(plainOptions(argv, this.options, this.passThrough || this.commands.length > 0));
  }
}

/** `firstOperandEnds`: what follows the first operand belongs to another program, or to another command. */
export function plainOptions(argv: readonly string[], options: readonly Option[], firstOperandEnds: boolean): string[] {
  const byLong = new Map(options.map((option) => [option.long, option]));
  const byShort = new Map(options.map((option) => [option.short, option]));
  const result: string[] = [];
  for (let place = 0; place < argv.length; place++) {
    const argument = argv[place] ?? '';
    if (argument === '--' || (firstOperandEnds && !isOption(argument))) return [...result, ...argv.slice(place)];
    if (argument.startsWith('--')) {
      const [name = '', value] = argument.split(/=(.*)/s);
      const option = byLong.get(name);
      if (value !== undefined && isFlag(option ?? byLong.get(`--no-${name.slice(2)}`))) result.push(...flag(name, value, option, byLong));
      // docker's flags that are on of themselves can be said all the same.
      else if (value === undefined && !option && isFlag(byLong.get(`--no-${name.slice(2)}`))) continue;
      else result.push(argument);
      if (value === undefined && option?.required) result.push(...argv.slice(++place, place + 1));
    } else if (isOption(argument)) {
      const [parts, takesNext] = shorts(argument, byShort, byLong);
      result.push(...parts);
      if (takesNext) result.push(...argv.slice(++place, place + 1));
    } else result.push(argument);
  }
  return result;
}

function isOption(argument: string): boolean {
  return argument.startsWith('-') && argument !== '-';
}

function isFlag(option: Option | undefined): boolean {
  return option !== undefined && !option.required && !option.optional;
}

const truths: Readonly<Record<string, boolean>> = { '1': true, t: true, true: true, '0': false, f: false, false: false };

/** Nothing for what is as it is without: a flag that is off, or one that is on of itself. */
function flag(name: string, value: string, option: Option | undefined, byLong: ReadonlyMap<string | undefined, Option>): string[] {
  const on = truths[value.toLowerCase()];
  if (on === undefined) return [`${name}=${value}`]; // commander says what is wrong with it
  const opposite = byLong.has(`--no-${name.slice(2)}`) ? [`--no-${name.slice(2)}`] : [];
  return on ? (option ? [name] : []) : opposite;
}

/** `-it`, `-p80:80`, `-e=A=b`, `-q=true`; and whether the value of the last is the next argument. */
function shorts(argument: string, byShort: ReadonlyMap<string | undefined, Option>, byLong: ReadonlyMap<string | undefined, Option>): [parts: string[], takesNext: boolean] {
  for (let at = 1; at < argument.length; at++) {
    const option = byShort.get(`-${argument[at]}`);
    if (!option) return [[argument], false];
    const rest = argument.slice(at + 1);
    const before = at > 1 ? [argument.slice(0, at)] : [];
    if (!isFlag(option)) return rest.startsWith('=') ? [[...before, `-${argument[at]}`, rest.slice(1)], false] : [[argument], rest === '' && option.required];
    if (rest.startsWith('=')) {
      const on = truths[rest.slice(1).toLowerCase()];
      return on === undefined ? [[argument], false] : [[...before, ...(on ? [`-${argument[at]}`] : flag(option.long ?? '', 'false', option, byLong))], false];
    }
  }
  return [[argument], false];
}
