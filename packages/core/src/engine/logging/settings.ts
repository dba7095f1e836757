import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { CaissonError } from '../../errors.js';
import type { ContainerOptions } from '../containers/options.js';
import type { ContainerRecord } from '../containers/record.js';
import type { LogDriver, LogSource } from './driver.js';
import { fluentd } from './fluentd.js';
import { gelf } from './gelf.js';
import { syslog } from './syslog.js';

/** How the output of a container is kept. */
export interface LogSettings {
  readonly driver: string;
  /** `files`: in the container's folder; `journal`: the monitor hands it to journald; `nowhere`. */
  readonly kept: 'files' | 'journal' | 'nowhere';
  /** Bytes after which a file is rotated; absent: never. */
  readonly maxSize?: number;
  /** Files at most, the one that is written to included. */
  readonly maxFiles: number;
  readonly compress: boolean;
  /** Where it is sent beside. */
  readonly ships?: LogDriver;
}

const drivers = new Map<string, LogDriver>([syslog, gelf, fluentd].map((driver) => [driver.name, driver]));

/** Makes a driver known to this process: to the one that creates containers, and to the attendant. */
export function addLogDriver(driver: LogDriver): void {
  drivers.set(driver.name, driver);
}

const describing = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];
const rotating = ['max-size', 'max-file', 'compress'];
const pacing = ['mode', 'max-buffer-size'];
const caching = ['cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress'];

const MiB = 1024 * 1024;
const own = {
  'json-file': { maxFiles: 1, compress: false },
  local: { maxSize: 20 * MiB, maxFiles: 5, compress: true },
} as const;

/** @throws CaissonError `invalid-argument` for a driver or an option that is not known; `unsupported` where the host has no journal */
export function logSettings({ logDriver = 'json-file', logOptions = {} }: Pick<ContainerOptions, 'logDriver' | 'logOptions'>): LogSettings {
  const ships = drivers.get(logDriver);
  const isFile = logDriver === 'json-file' || logDriver === 'local';
  if (!ships && !isFile && logDriver !== 'journald' && logDriver !== 'none')
    throw new CaissonError('invalid-argument', `there is no log driver ${JSON.stringify(logDriver.slice(0, 60))}`, { hint: `known are json-file, local, journald, none, ${[...drivers.keys()].join(', ')}` });
  const known = logDriver === 'none' ? [] : [...describing, ...pacing, ...(isFile ? rotating : []), ...(ships ? [...caching, ...ships.options] : [])];
  const unknown = Object.keys(logOptions).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new CaissonError('invalid-argument', `the log driver ${logDriver} has no option ${JSON.stringify(unknown.slice(0, 60))}`, known.length > 0 ? { hint: `it has ${known.join(', ')}` } : {});
  checkPace(logOptions);
  ships?.check(logOptions);
  if (logDriver === 'none' || logDriver === 'journald') return { driver: logDriver, kept: logDriver === 'none' ? 'nowhere' : 'journal', maxFiles: 1, compress: false };
  const prefix = ships ? 'cache-' : '';
  const defaults: { maxSize?: number; maxFiles: number; compress: boolean } = own[logDriver === 'json-file' ? 'json-file' : 'local'];
  const size = logOptions[`${prefix}max-size`];
  const maxSize = size === undefined ? defaults.maxSize : size === '-1' ? undefined : sizeOf(`${prefix}max-size`, size);
  const count = logOptions[`${prefix}max-file`];
  const maxFiles = count === undefined ? defaults.maxFiles : countOf(`${prefix}max-file`, count);
  if (maxFiles > 1 && maxSize === undefined) throw new CaissonError('invalid-argument', `the log option ${prefix}max-file needs ${prefix}max-size: without a limit there is one file`);
  const compress = yes(`${prefix}compress`, logOptions[`${prefix}compress`]) ?? defaults.compress;
  if (logOptions[`${prefix}compress`] !== undefined && compress && maxFiles < 2) throw new CaissonError('invalid-argument', `the log option ${prefix}compress needs ${prefix}max-file of 2 or more`);
  return { driver: logDriver, kept: 'files', ...(maxSize === undefined ? {} : { maxSize }), maxFiles, compress: compress && maxFiles > 1, ...(ships ? { ships } : {}) };
}

/** Output goes to files first in any case, and shipping never holds a container up: both modes are kept to. */
function checkPace({ mode, 'max-buffer-size': buffer }: Readonly<Record<string, string>>): void {
  if (mode !== undefined && mode !== 'blocking' && mode !== 'non-blocking') throw new CaissonError('invalid-argument', `the log option mode is blocking or non-blocking, not ${JSON.stringify(mode)}`);
  if (buffer === undefined) return;
  if (mode !== 'non-blocking') throw new CaissonError('invalid-argument', 'the log option max-buffer-size needs mode=non-blocking');
  sizeOf('max-buffer-size', buffer);
}

/** @throws CaissonError `unsupported`: asked when a container is started, since journals come and go */
export function requireJournal(path = '/run/systemd/journal/socket'): void {
  if (!existsSync(path)) throw new CaissonError('unsupported', `this host has no journal for --log-driver journald: there is no ${path}`, { hint: 'use --log-driver local' });
}

/** Whether somebody must look after the files while the container runs. */
export function needsKeeping({ maxSize, ships }: LogSettings): boolean {
  return maxSize !== undefined || ships !== undefined;
}

/** What `labels`, `env` and their -regex forms select of a container. @throws CaissonError `invalid-argument` for a regular expression that is none */
export function logDetails({ options: { logOptions = {} }, labels, process }: Pick<ContainerRecord, 'options' | 'labels' | 'process'>): Record<string, string> {
  const env = Object.fromEntries(process.env.map((entry) => entry.split(/=(.*)/s, 2) as [string, string]));
  return { ...select(labels, logOptions.labels, logOptions['labels-regex'], 'labels-regex'), ...select(env, logOptions.env, logOptions['env-regex'], 'env-regex') };
}

function select(all: Readonly<Record<string, string>>, names: string | undefined, pattern: string | undefined, option: string): Record<string, string> {
  const wanted = new Set((names ?? '').split(',').filter(Boolean));
  let expression: RegExp | undefined;
  try {
    expression = pattern ? new RegExp(pattern) : undefined;
  } catch (cause) {
    throw new CaissonError('invalid-argument', `the log option ${option} is not a regular expression: ${JSON.stringify(pattern)}`, { cause });
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.has(name) || expression?.test(name)));
}

/** The fields of docker's templates for tags. */
export function logSource(container: ContainerRecord): LogSource {
  const fields: Readonly<Record<string, string>> = {
    ID: container.id.slice(0, 12),
    FullID: container.id,
    Name: container.name,
    ImageID: container.image.id.replace('sha256:', '').slice(0, 12),
    ImageFullID: container.image.id,
    ImageName: container.image.name,
    DaemonName: 'caisson',
    Command: container.process.args.join(' '),
  };
  const tag = (container.options.logOptions?.tag ?? '{{.ID}}').replace(/\{\{\s*\.(\w+)\s*\}\}|\{\{.*?\}\}/g, (whole, name: string | undefined) => {
    const value = name === undefined ? undefined : fields[name];
    if (value === undefined) throw new CaissonError('invalid-argument', `the log option tag cannot hold ${whole}`, { hint: `its fields are ${Object.keys(fields).map((field) => `{{.${field}}}`).join(', ')}` });
    return value;
  });
  return { container, tag, details: logDetails(container), hostname: hostname() };
}

function sizeOf(name: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)b?$/i.exec(text) ?? [];
  const bytes = number === '' ? 0 : Math.floor(Number(number) * 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' '));
  if (bytes <= 0) throw new CaissonError('invalid-argument', `the log option ${name} is a size such as 10m, not ${JSON.stringify(text.slice(0, 40))}`);
  return bytes;
}

function countOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new CaissonError('invalid-argument', `the log option ${name} is a count of 1 or more, not ${JSON.stringify(text.slice(0, 40))}`);
  return Number(text);
}

function yes(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false') throw new CaissonError('invalid-argument', `the log option ${name} is true or false, not ${JSON.stringify(text.slice(0, 40))}`);
  return text === 'true';
}
