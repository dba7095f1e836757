import * as l10n from '@vscode/l10n';
import { statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import type { Instruction } from '@caisson/dockerfile';
import { quietly, type Analysis } from '../dockerfile/analysis.js';
import type { BuildContext } from '../files/context.js';
import { span, touches, type Span } from '../positions.js';
import { labelKeys, signals } from '../reference/words.js';
import { code, formatBytes } from '../text.js';

export interface Said extends Span {
  readonly text: string;
}

/** What an argument stands for: a file of the context, a label or a signal that is known. */
export async function argumentHover(analysis: Analysis, instruction: Instruction, offset: number, context: () => Promise<BuildContext | undefined>): Promise<Said | undefined> {
  if (instruction.kind === 'label') {
    const pair = instruction.pairs.find(({ keyRange }) => touches(span(keyRange), offset));
    const known = labelKeys.find(([key]) => key === pair?.key);
    return pair && known && { ...span(pair.keyRange), text: `${code(known[0])} — ${known[1]}` };
  }
  if (instruction.kind === 'stopsignal') {
    const known = signals.find(([name]) => name === instruction.signal.value.toUpperCase());
    return known && { ...span(instruction.signal.range), text: `${code(known[0])} — ${known[1]}` };
  }
  if (instruction.kind !== 'add' && !(instruction.kind === 'copy' && !instruction.from)) return undefined;
  const source = instruction.sources.find(({ range }) => touches(span(range), offset));
  const path = source && quietly(() => analysis.scopeBefore(instruction).expand(source));
  if (!source || path === undefined || /[*?[]|^\w+:\/\/|^git@/.test(path)) return undefined;
  const build = await context();
  const text = build && fileText(build, posix.join('/', path).slice(1));
  return text === undefined ? undefined : { ...span(source.range), text };
}

function fileText({ folder, ignore, ignoreFile }: BuildContext, path: string): string | undefined {
  const shown = code(path === '' ? '.' : path);
  const stat = statSync(join(folder, path), { throwIfNoEntry: false });
  if (!stat) return l10n.t('{0} is not in the context, {1}.', shown, code(folder));
  const what = stat.isDirectory() ? l10n.t('a folder') : formatBytes(stat.size);
  const left = path !== '' && ignore.ignores(path) && ignoreFile !== undefined ? [l10n.t('It is left out by {0}.', code(basename(ignoreFile)))] : [];
  return [l10n.t('{0} of the context: {1}.', shown, what), ...left].join(' ');
}
