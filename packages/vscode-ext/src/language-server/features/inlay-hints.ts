import * as l10n from '@vscode/l10n';
import { InlayHintKind, type InlayHint, type Range } from 'vscode-languageserver';
import type { Instruction, StageScope } from '@caisson/dockerfile';
import { quietly, type Analysis } from '../dockerfile/analysis.js';
import { builtSteps } from '../dockerfile/built-steps.js';
import { span } from '../positions.js';
import type { BuiltStep, LastBuild } from '../protocol.js';
import type { Settings } from '../settings.js';
import { clipped, formatBytes, formatSeconds } from '../text.js';

const longest = 60;

/** What words with variables come to, and what each layer weighed in the last build. */
export function inlayHints(analysis: Analysis, range: Range, settings: Settings['inlayHints'], build: LastBuild | undefined): InlayHint[] {
  const { document } = analysis;
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  const hints: InlayHint[] = [];
  if (settings.variables)
    analysis.walk((instruction, scope) => {
      if (instruction.range.end.offset < from || instruction.range.start.offset > to) return;
      for (const { text, value, end } of expandedWords(instruction, scope))
        if (value !== text && value !== '')
          hints.push({ position: document.positionAt(end), label: `= ${shortened(value)}`, paddingLeft: true, kind: InlayHintKind.Type, tooltip: clipped(value) });
    });
  if (settings.layers) for (const [instruction, step] of builtSteps(analysis, build)) {
    const { offset } = instruction.range.start;
    if (instruction.range.end.offset >= from && offset <= to) hints.push(...layerHint(analysis, instruction, step));
  }
  return hints;
}

function layerHint({ document, file: { source } }: Analysis, instruction: Instruction, step: BuiltStep): InlayHint[] {
  const said = [step.error === undefined ? undefined : l10n.t('failed'), step.size === undefined ? undefined : formatBytes(step.size), step.duration === undefined || step.cached ? undefined : formatSeconds(step.duration)].filter((one) => one !== undefined);
  if (said.length === 0) return [];
  const newline = source.indexOf('\n', instruction.range.start.offset);
  const end = newline < 0 ? source.length : newline - (source[newline - 1] === '\r' ? 1 : 0);
  return [{ position: document.positionAt(Math.min(end, Math.max(instruction.range.end.offset, instruction.keyword.range.end.offset))), label: said.join(' · '), paddingLeft: true, tooltip: stepSummary(step) }];
}

/** Of a long value both ends: an image's tag says as much as its name. */
function shortened(value: string): string {
  return value.length > longest ? `${value.slice(0, longest / 2 - 1)}…${value.slice(-longest / 2)}` : value;
}

/** `Last build: rebuilt, because src/index.ts changed; 12.4 MB, 3 s`. */
export function stepSummary({ cached, reason, size, duration, error }: BuiltStep): string {
  const how = error !== undefined ? l10n.t('Last build: failed: {0}', error) : cached ? l10n.t('Last build: cached') : reason === undefined ? l10n.t('Last build: rebuilt') : l10n.t('Last build: rebuilt, because {0}', reason);
  const facts = [size === undefined ? undefined : formatBytes(size), duration === undefined ? undefined : formatSeconds(duration)].filter((one) => one !== undefined);
  return facts.length > 0 ? `${how}; ${facts.join(', ')}` : how;
}

interface ExpandedWord {
  /** As written, without braces that change nothing. */
  readonly text: string;
  readonly value: string;
  readonly end: number;
}

/** The words of an instruction that have variables in them, with what they come to; those of shells are not known before they run. */
function expandedWords(instruction: Instruction, scope: StageScope): ExpandedWord[] {
  const words: { value: string; range: Instruction['range'] }[] = [];
  if (instruction.kind === 'from') words.push(instruction.image);
  else if (instruction.kind === 'copy' || instruction.kind === 'add') words.push(...instruction.sources, instruction.destination);
  else if (instruction.kind === 'env' || instruction.kind === 'label' || instruction.kind === 'arg') {
    for (const { value, valueRange } of instruction.pairs) if (value !== undefined && valueRange) words.push({ value, range: valueRange });
  } else if (instruction.kind === 'expose' || instruction.kind === 'volume' || instruction.kind === 'user' || instruction.kind === 'workdir' || instruction.kind === 'stopsignal') words.push(...instruction.args);
  const flags = instruction.kind === 'onbuild' || instruction.kind === 'run' ? [] : instruction.flags;
  for (const { value, valueRange } of flags) if (value !== undefined && valueRange) words.push({ value, range: valueRange });
  return words
    .flatMap(({ value: text, range }) => {
      if (!text.includes('$')) return [];
      const value = quietly(() => scope.expand(text));
      return value === undefined ? [] : [{ text: text.replaceAll(/\$\{(\w+)\}/g, '$$$1'), value, end: span(range).end }];
    })
    .sort((a, b) => a.end - b.end);
}
