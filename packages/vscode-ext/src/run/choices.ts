import type { ContainerOptions, MountOptions, PortOptions } from '@caisson/core';
import * as l10n from '@vscode/l10n';
import { splitWords } from './words.js';

/** What the form has, as text: remembered for each repository. */
export interface RunChoices {
  readonly name: string;
  /** One line; empty: the image's own. */
  readonly command: string;
  /** One a line in each: `8080:80`, `NAME=value`, `source:/target[:ro]`. */
  readonly ports: string;
  readonly env: string;
  readonly mounts: string;
  readonly network: string;
  readonly workingDir: string;
  readonly user: string;
  readonly interactive: boolean;
  readonly autoRemove: boolean;
}

export type Fields = keyof RunChoices;

export const emptyChoices: RunChoices = { name: '', command: '', ports: '', env: '', mounts: '', network: '', workingDir: '', user: '', interactive: false, autoRemove: false };

/** What is wrong with which field. */
export type Faults = Partial<Record<Fields, string>>;

/** The request to the engine, or what stands in its way. `folder`: what relative sources of mounts are below. */
export function containerOptions(image: string, choices: RunChoices, folder: string | undefined): { readonly options: ContainerOptions } | { readonly faults: Faults } {
  const faults: { -readonly [K in keyof Faults]: Faults[K] } = {};
  const take = <T>(field: 'ports' | 'env' | 'mounts', parse: (line: string) => T): T[] =>
    linesOf(choices[field]).flatMap((line) => {
      try {
        return [parse(line)];
      } catch (error) {
        faults[field] ??= error instanceof Error ? error.message : String(error);
        return [];
      }
    });
  if (choices.name !== '' && !/^[A-Za-z0-9][\w.-]+$/.test(choices.name)) faults.name = l10n.t('two or more letters, digits, _, . and -, beginning with a letter or digit');
  const ports = take('ports', parsePort);
  const env = take('env', parseVariable);
  const mounts = take('mounts', (line) => parseMount(line, folder));
  if (Object.keys(faults).length > 0) return { faults };
  const { name, command, network, workingDir, user, interactive, autoRemove } = choices;
  return {
    options: {
      image,
      ports,
      env,
      mounts,
      autoRemove,
      terminal: interactive,
      stdin: interactive,
      ...(name === '' ? {} : { name }),
      ...(command.trim() === '' ? {} : { command: splitWords(command) }),
      ...(network.trim() === '' ? {} : { network: network.trim() }),
      ...(workingDir.trim() === '' ? {} : { workingDir: workingDir.trim() }),
      ...(user.trim() === '' ? {} : { user: user.trim() }),
    },
  };
}

export function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** `[[address:]host:]container[/protocol]`; without a host port any free one is taken. */
export function parsePort(text: string): PortOptions {
  const [, address, host, container = '', protocol = 'tcp'] = /^(?:(?:(\[[0-9a-fA-F:]+\]|[\d.]+):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  const containerPort = Number(container);
  const hostPort = host === undefined || host === '' ? 0 : Number(host);
  if (containerPort < 1 || containerPort > 65_535 || hostPort > 65_535) throw new Error(l10n.t('{0} is no port: write host:container, such as 8080:80', text));
  return { protocol: protocol as PortOptions['protocol'], hostIp: address?.replace(/^\[|\]$/g, '') ?? '', hostPort, containerPort };
}

export function parseVariable(text: string): string {
  if (!/^[^=\s]+(?:=.*)?$/s.test(text)) throw new Error(l10n.t('{0} is no variable: write NAME=value', text));
  return text;
}

/** `source:/target[:ro]`: a source with a slash is a folder of this host, one without is a volume; `/target` alone is an anonymous volume. */
export function parseMount(text: string, folder: string | undefined): MountOptions {
  const [, drive = '', rest = text] = /^([A-Za-z]:(?=[\\/]))?(.*)$/s.exec(text) ?? [];
  const parts = rest.split(':');
  const readOnly = parts.length > 1 && ['ro', 'rw'].includes(parts.at(-1) ?? '') && parts.pop() === 'ro';
  const flag = readOnly ? { readOnly } : {};
  const target = parts.pop() ?? '';
  if (!target.startsWith('/') || parts.length > 1) throw new Error(l10n.t('{0} is no mount: write source:/target or source:/target:ro', text));
  if (parts.length === 0) return { type: 'volume', target, ...flag };
  const source = drive + (parts[0] ?? '');
  if (source === '') throw new Error(l10n.t('{0} has nothing in front of the colon', text));
  if (!/[\\/]/.test(source) && !source.startsWith('.')) return { type: 'volume', source, target, ...flag };
  if (source.startsWith('.') && folder === undefined) throw new Error(l10n.t('{0}: without a workspace folder a path must be absolute', text));
  const absolute = source.startsWith('.') ? `${folder ?? ''}/${source}`.replace(/\/\.(?=\/|$)/g, '') : source;
  return { type: 'bind', source: absolute, target, ...flag };
}
