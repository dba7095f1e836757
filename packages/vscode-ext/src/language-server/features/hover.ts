import type { Instruction, Rule } from '@caisson/dockerfile';
import type { Hover, Position } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { builtSteps } from '../dockerfile/built-steps.js';
import { symbolAt } from '../dockerfile/symbol-at.js';
import type { BuildContext } from '../files/context.js';
import { span, spanRange, touches } from '../positions.js';
import type { ImageTag, LastBuild } from '../protocol.js';
import { instructionDoc } from '../reference/instructions.js';
import { mountKeys, mountTypes } from '../reference/mounts.js';
import { referenceUrl, type InstructionDoc } from '../reference/reference.js';
import { directives } from '../reference/words.js';
import { code, codeBlock } from '../text.js';
import { ruleUrl } from './diagnostics.js';
import { imageHover, stageHover, variableHover } from './hover-names.js';
import { argumentHover, type Said } from './hover-arguments.js';
import { stepSummary } from './inlay-hints.js';

/** What a hover may need beside the document. */
export interface HoverSources {
  readonly rules: () => Promise<readonly Rule[]>;
  readonly images: () => Promise<readonly ImageTag[]>;
  readonly build: LastBuild | undefined;
  readonly context: () => Promise<BuildContext | undefined>;
}

export async function hover(analysis: Analysis, position: Position, sources: HoverSources): Promise<Hover | undefined> {
  const offset = analysis.document.offsetAt(position);
  const said = directiveHover(analysis, offset) ?? (await commentHover(analysis, offset, sources)) ?? (await instructionHover(analysis, offset, sources));
  return said && { contents: { kind: 'markdown', value: said.text }, range: spanRange(analysis.document, said) };
}

function directiveHover({ file }: Analysis, offset: number): Said | undefined {
  const directive = file.directives.find(({ range }) => touches(span(range), offset));
  const doc = directives.find(([name]) => name === directive?.name);
  return directive && doc && { ...span(directive.range), text: `\`# ${doc[0]}=\` — ${doc[1]}\n\n[Reference](${referenceUrl}#parser-directives)` };
}

/** In a comment that switches rules off: what the rule under the cursor is about. */
async function commentHover({ file }: Analysis, offset: number, sources: HoverSources): Promise<Said | undefined> {
  const comment = file.comments.find(({ range }) => touches(span(range), offset));
  if (!comment || !/^(?:hadolint|check)\b/.test(comment.text)) return undefined;
  const where = span(comment.range);
  for (const match of file.source.slice(where.start, where.end).matchAll(/[\w/-]+/g)) {
    const word = { start: where.start + match.index, end: where.start + match.index + match[0].length };
    if (!touches(word, offset)) continue;
    const rule = (await sources.rules()).find((one) => one.code.toLowerCase() === match[0].toLowerCase());
    return rule && { ...word, text: ruleText(rule) };
  }
  return undefined;
}

export function ruleText({ code: name, title, why, bad, good }: Rule): string {
  const url = ruleUrl(name);
  return `**${name}** — ${title}\n\n${why}\n\n${codeBlock(bad)}\n\nBetter:\n\n${codeBlock(good)}${url === undefined ? '' : `\n\n[More](${url})`}`;
}

async function instructionHover(analysis: Analysis, offset: number, sources: HoverSources): Promise<Said | undefined> {
  const instruction = analysis.instructionAt(offset);
  if (!instruction) return undefined;
  if (touches(span(instruction.keyword.range), offset)) {
    const doc = instructionDoc(instruction.name);
    const step = builtSteps(analysis, sources.build).get(instruction);
    return doc && { ...span(instruction.keyword.range), text: [instructionText(doc), ...(step ? [stepSummary(step)] : [])].join('\n\n') };
  }
  const symbol = symbolAt(analysis, offset);
  if (symbol?.kind === 'stage') return { ...symbol.span, text: stageHover(analysis, symbol.symbol) };
  if (symbol) return { ...(symbol.reference ? { start: symbol.reference.whole.start, end: symbol.span.end } : symbol.span), text: variableHover(analysis, symbol) };
  const inner = instruction.kind === 'onbuild' ? instruction.trigger : instruction;
  const image = analysis.resolved.stages.flatMap(({ dependencies }) => dependencies).find(({ by, source, range }) => source.kind === 'image' && by !== 'mount' && touches(span(range), offset));
  if (image?.source.kind === 'image') return { ...span(image.range), text: imageHover(image.source.name, await sources.images()) };
  return flagHover(inner, offset) ?? triggerHover(instruction, offset) ?? (await argumentHover(analysis, inner, offset, sources.context));
}

function triggerHover(instruction: Instruction, offset: number): Said | undefined {
  if (instruction.kind !== 'onbuild' || !touches(span(instruction.trigger.keyword.range), offset)) return undefined;
  const doc = instructionDoc(instruction.trigger.name);
  return doc && { ...span(instruction.trigger.keyword.range), text: instructionText(doc) };
}

export function instructionText(doc: InstructionDoc): string {
  const forms = doc.signatures.map(({ parameters }) => [doc.name, ...(doc.flags.length > 0 ? ['[FLAGS]'] : []), ...parameters.map(({ label }) => label)].join(' '));
  const flags = doc.flags.map(({ name, summary }) => `- \`--${name}\` — ${summary}`);
  return [doc.summary, codeBlock(forms.join('\n')), doc.details, ...(flags.length > 0 ? [flags.join('\n')] : []), `[Reference](${referenceUrl}#${doc.anchor})`].join('\n\n');
}

function flagHover(instruction: Instruction, offset: number): Said | undefined {
  const flag = instruction.flags.find(({ range }) => touches(span(range), offset));
  if (!flag) return undefined;
  if (instruction.name === 'RUN' && flag.name === 'mount' && flag.valueRange && touches(span(flag.valueRange), offset)) {
    const said = mountHover(instruction.text.slice(flag.valueRange.start.offset - instruction.range.start.offset, flag.valueRange.end.offset - instruction.range.start.offset), flag.valueRange.start.offset, offset);
    if (said) return said;
  }
  const doc = instructionDoc(instruction.name)?.flags.find(({ name }) => name === flag.name);
  if (!doc) return undefined;
  return { ...span(flag.range), text: `${code(`--${doc.name}${doc.value === undefined ? '' : `=${doc.value}`}`)} — ${doc.summary}${doc.values ? `\n\nFor example ${doc.values.map(code).join(', ')}.` : ''}` };
}

/** One `key=value` of a mount. */
function mountHover(text: string, start: number, offset: number): Said | undefined {
  for (const field of text.matchAll(/[^,]+/g)) {
    const where = { start: start + field.index, end: start + field.index + field[0].length };
    if (!touches(where, offset)) continue;
    const [name = '', value] = field[0].split('=');
    const key = mountKeys.find((one) => one.name === name.toLowerCase() || one.aliases?.includes(name.toLowerCase()));
    if (!key) return undefined;
    const type = key.name === 'type' ? mountTypes.find((one) => one.name === value?.toLowerCase()) : undefined;
    return { ...where, text: type ? `${code(field[0])} — ${type.summary}` : `${code(key.name)} — ${key.summary}` };
  }
  return undefined;
}
