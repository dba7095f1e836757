import type { ContainerDefaults } from '@caisson/core';
import { emptyChoices, linesOf, type RunChoices } from './choices.js';

/** Lines that the image itself suggests: what it exposes, its variables, and where it wants volumes. */
export type Suggestions = Pick<RunChoices, 'ports' | 'env' | 'mounts'>;

export function suggestionsOf(config: ContainerDefaults | undefined): Suggestions {
  return {
    ports: Object.keys(config?.ExposedPorts ?? {}).map(publish).join('\n'),
    env: (config?.Env ?? []).filter((line) => !line.startsWith('PATH=') && !line.includes('\n')).join('\n'),
    mounts: Object.keys(config?.Volumes ?? {}).join('\n'),
  };
}

/** Ports that only root may take get one that everybody may. */
function publish(exposed: string): string {
  const [port = '', protocol = 'tcp'] = exposed.split('/');
  return `${Number(port) < 1024 ? Number(port) + 8000 : port}:${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

/** What the form begins with: as the last time, with those of the image's lines that were not changed then. */
export function filled(suggested: Suggestions, remembered: RunChoices | undefined): RunChoices {
  if (remembered === undefined) return { ...emptyChoices, ...suggested };
  return {
    ...remembered,
    env: together(suggested.env, remembered.env, (line) => line.split('=')[0] ?? ''),
    mounts: together(suggested.mounts, remembered.mounts, targetOf),
  };
}

/** Without what the image says anyway: another version of it may say something else. */
export function withoutSuggested(choices: RunChoices, suggested: Suggestions): RunChoices {
  const own = (field: 'env' | 'mounts') => linesOf(choices[field]).filter((line) => !linesOf(suggested[field]).includes(line)).join('\n');
  return { ...choices, env: own('env'), mounts: own('mounts') };
}

function together(suggested: string, own: string, keyOf: (line: string) => string): string {
  const changed = new Set(linesOf(own).map(keyOf));
  return [...linesOf(suggested).filter((line) => !changed.has(keyOf(line))), ...linesOf(own)].join('\n');
}

/** Of `source:/target:ro` the target. */
function targetOf(line: string): string {
  return line.replace(/:r[ow]$/, '').split(':').at(-1) ?? line;
}
