import type { Flag } from '../../ast.js';
import type { DeviceFlag, Instruction, MountFlag, RunInstruction } from '../../instructions.js';
import { parseCsvRecord } from '../../values/csv.js';
import { parseDuration } from '../../values/duration.js';
import { parseMount } from '../../values/mount.js';
import { checkValue, readFlags, rest, report, type Head } from '../head.js';
import { isSpace, skipSpace } from '../space.js';
import { parseJsonArray } from '../words.js';

function oneOf<T extends string>(head: Head, flag: Flag | undefined, values: readonly [T, ...T[]], what: string): T {
  const value = flag?.value?.toLowerCase();
  const found = values.find((one) => one === value);
  if (flag && found === undefined) report(head, 'flag-value', `unsupported ${what} mode ${JSON.stringify(flag.value?.slice(0, 40))}`, flag.valueRange ?? flag.range, `one of ${values.join(', ')}`);
  return found ?? values[0];
}

function readMount(head: Head, flag: Flag): MountFlag {
  // What a variable stands for is known at run time only, and then checked.
  if (flag.value?.includes('$') === true && !/(^|,)from=[^,]*\$./.test(flag.value)) return { flag };
  const mount = checkValue(head, flag, (value) => parseMount(value));
  return mount === undefined ? { flag } : { flag, mount };
}

function readDevice(head: Head, flag: Flag): DeviceFlag[] {
  const fields = checkValue(head, flag, parseCsvRecord) ?? [];
  let name: string | undefined;
  let required = false;
  for (const field of fields) {
    if (field === 'required') required = true;
    else if (/^required=(true|false)$/i.test(field)) required = field.toLowerCase().endsWith('true');
    else if (field.startsWith('name=')) name = field.slice(5);
    else if (!field.includes('=') || field.includes('/')) name ??= field;
    else report(head, 'flag-value', `unexpected key in '${field.slice(0, 60)}'`, flag.valueRange ?? flag.range, 'write --device=vendor.com/class=name,required');
  }
  if (name === undefined || name === '') return report(head, 'flag-value', '--device needs the name of a device', flag.range, 'write --device=vendor.com/class=name') ?? [];
  return [{ flag, name, required }];
}

export function readRun(head: Head): Instruction {
  const flags = readFlags(head, { mount: 'strings', network: 'string', security: 'string', device: 'strings' });
  const run: RunInstruction = {
    ...head.base,
    kind: 'run',
    command: head.base.args,
    shell: !head.base.json,
    mounts: (flags.get('mount') ?? []).map((flag) => readMount(head, flag)),
    network: oneOf(head, flags.get('network')?.[0], ['default', 'none', 'host'], 'network'),
    security: oneOf(head, flags.get('security')?.[0], ['sandbox', 'insecure'], 'security'),
    devices: (flags.get('device') ?? []).flatMap((flag) => readDevice(head, flag)),
  };
  return run;
}

export function readCmd(head: Head): Instruction {
  readFlags(head, {});
  return { ...head.base, kind: 'cmd', command: head.base.args, shell: !head.base.json };
}

export function readEntrypoint(head: Head): Instruction {
  readFlags(head, {});
  return { ...head.base, kind: 'entrypoint', command: head.base.args, shell: !head.base.json };
}

export function readShell(head: Head): Instruction | undefined {
  readFlags(head, {});
  if (head.base.args.length === 0) return report(head, 'arguments', 'SHELL requires at least one argument', undefined, 'write SHELL ["program", "argument"]');
  if (!head.base.json) return report(head, 'json', 'SHELL requires the arguments to be in JSON form', rest(head).range, 'write SHELL ["program", "argument"]');
  return { ...head.base, kind: 'shell', shell: head.base.args };
}

function duration(head: Head, flag: Flag | undefined): number | undefined {
  if (!flag?.value) return undefined;
  const value = checkValue(head, flag, parseDuration);
  if (value === undefined || value === 0) return value;
  if (value < 1e6) return report(head, 'flag-value', `Interval "--${flag.name}" cannot be less than 1ms`, flag.valueRange);
  return value;
}

export function readHealthcheck(head: Head): Instruction | undefined {
  const { text } = head.line;
  if (head.from >= head.to) return report(head, 'arguments', 'HEALTHCHECK requires at least one argument', undefined, 'write HEALTHCHECK CMD … or HEALTHCHECK NONE');
  let typeEnd = head.from;
  while (typeEnd < head.to && !isSpace(text.charCodeAt(typeEnd))) typeEnd++;
  const type = text.slice(head.from, typeEnd).toUpperCase();
  const from = skipSpace(text, typeEnd, head.to);
  if (type === 'NONE') {
    if (from < head.to) return report(head, 'arguments', 'HEALTHCHECK NONE takes no arguments', head.line.range(from, head.to));
    return { ...head.base, kind: 'healthcheck' };
  }
  const flags = readFlags(head, { interval: 'string', timeout: 'string', 'start-period': 'string', 'start-interval': 'string', retries: 'string' });
  if (type !== 'CMD') return report(head, 'arguments', `unknown type ${JSON.stringify(type.slice(0, 40))} in HEALTHCHECK (try CMD)`, head.line.range(head.from, typeEnd));
  const parsed = parseJsonArray(head.line, from, head.to);
  if (parsed === 'not-strings') return report(head, 'json', notStrings, head.line.range(from, head.to));
  const json = parsed !== 'not-json';
  const command = json ? parsed : from < head.to ? [{ value: text.slice(from, head.to), range: head.line.range(from, head.to) }] : [];
  if (command.length === 0) return report(head, 'arguments', 'missing command after HEALTHCHECK CMD', head.line.range(head.from, typeEnd));
  const interval = duration(head, flags.get('interval')?.[0]);
  const timeout = duration(head, flags.get('timeout')?.[0]);
  const startPeriod = duration(head, flags.get('start-period')?.[0]);
  const startInterval = duration(head, flags.get('start-interval')?.[0]);
  const retriesFlag = flags.get('retries')?.[0];
  let retries: number | undefined;
  if (retriesFlag?.value) {
    if (/^\+?\d{1,9}$/.test(retriesFlag.value)) retries = Number(retriesFlag.value);
    else report(head, 'flag-value', `--retries must be a number that is not negative: ${retriesFlag.value.slice(0, 40)}`, retriesFlag.valueRange);
  }
  return {
    ...head.base,
    json,
    kind: 'healthcheck',
    test: { command, shell: !json },
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(startPeriod !== undefined && { startPeriod }),
    ...(startInterval !== undefined && { startInterval }),
    ...(retries !== undefined && { retries }),
  };
}

export const notStrings = 'when using JSON array syntax, arrays must be comprised of strings only';
