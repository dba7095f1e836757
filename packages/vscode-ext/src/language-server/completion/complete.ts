import type { Rule } from '@caisson/dockerfile';
import { CompletionItemKind, type CompletionList, type Position } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { cursorAt, type Cursor } from '../dockerfile/cursor.js';
import type { BuildContext } from '../files/context.js';
import type { ImageTag } from '../protocol.js';
import { labelKeys, signals, type Words } from '../reference/words.js';
import { comments } from './comments.js';
import { flagNames, flagValues, mountCursor, mountProposals } from './flags.js';
import { toItem, type Proposal } from './item.js';
import { keywords } from './keywords.js';
import { argNames, images, openVariable, stages, variables } from './names.js';
import { contextPaths } from './paths.js';

export interface CompletionSources {
  readonly context: () => Promise<BuildContext | undefined>;
  readonly images: (prefix: string) => Promise<readonly ImageTag[]>;
  readonly rules: () => Promise<readonly Rule[]>;
  /** The client understands placeholders. */
  readonly snippets: boolean;
}

type In<W extends Cursor['where']> = Extract<Cursor, { where: W }>;

export async function complete(analysis: Analysis, position: Position, sources: CompletionSources): Promise<CompletionList> {
  const offset = analysis.document.offsetAt(position);
  const cursor = cursorAt(analysis, offset);
  if (cursor.where === 'nothing') return { isIncomplete: false, items: [] };
  const proposals = await propose(analysis, cursor, offset, sources);
  const items = proposals.map((proposal) => toItem(analysis.document, cursor.span, offset, proposal, sources.snippets));
  return { isIncomplete: false, items };
}

async function propose(analysis: Analysis, cursor: Exclude<Cursor, { where: 'nothing' }>, offset: number, sources: CompletionSources): Promise<Proposal[]> {
  switch (cursor.where) {
    case 'comment':
      return await comments(analysis, cursor.text, offset, cursor.top, sources.rules);
    case 'keyword':
      return keywords(analysis, cursor.text, cursor.span, cursor.trigger);
    case 'flag-name':
      return flagNames(cursor.instruction);
    case 'heredoc': {
      const open = openVariable(cursor.text, offset);
      return open ? variables(analysis, cursor.instruction, open) : [];
    }
    case 'flag-value':
      return await flagValue(analysis, cursor, offset, sources);
    default:
      return await argument(analysis, cursor, offset, sources);
  }
}

async function flagValue(analysis: Analysis, { instruction, flag, text, span }: In<'flag-value'>, offset: number, sources: CompletionSources): Promise<Proposal[]> {
  const open = openVariable(text, offset);
  if (open) return variables(analysis, instruction, open);
  if (flag === 'mount') {
    const cursor = mountCursor(text, span.start);
    const mount = instruction.flags.find(({ range }) => range.start.offset <= offset && offset <= range.end.offset);
    if (cursor.key?.name === 'from') return (await sourcesOfFiles(analysis, offset, sources, cursor.text)).map((one) => ({ ...one, span: cursor.span }));
    if (cursor.key?.name === 'source' && /type=bind|^(?!.*type=)/.test(text) && !/from=/.test(text)) return await paths(sources, cursor.text, cursor.span.start);
    return mountProposals(mount, cursor);
  }
  if (flag === 'from') return await sourcesOfFiles(analysis, offset, sources, text);
  return flagValues(instruction, flag);
}

/** What COPY --from and RUN --mount=from can name: stages above, then images. */
async function sourcesOfFiles(analysis: Analysis, offset: number, sources: CompletionSources, prefix: string): Promise<Proposal[]> {
  return [...stages(analysis, offset, analysis.stageAt(offset)?.index), ...images(await sources.images(prefix))];
}

async function argument(analysis: Analysis, cursor: In<'argument'>, offset: number, sources: CompletionSources): Promise<Proposal[]> {
  const { instruction, text, index, rest } = cursor;
  const open = openVariable(text, offset);
  if (open) return variables(analysis, instruction, open);
  const flags = rest.trim() === '' && index === 0 ? flagNames(instruction) : [];
  switch (instruction.name) {
    case 'FROM':
      if (index === 0) return [...flags, ...stages(analysis, instruction.range.start.offset), { label: 'scratch', kind: CompletionItemKind.Constant, detail: 'the empty image', rank: 3 }, ...images(await sources.images(text))];
      return index === 1 ? [{ label: 'AS', kind: CompletionItemKind.Keyword, detail: 'names the stage' }] : [];
    case 'COPY':
    case 'ADD': {
      const json = rest.startsWith('[');
      const local = instruction.name === 'COPY' && instruction.flags.some(({ name }) => name === 'from') ? [] : await paths(sources, json ? text.replace(/^\[?,?/, '') : text, json ? offset - text.replace(/^\[?,?/, '').length : cursor.span.start);
      return [...flags, ...local];
    }
    case 'ARG':
      return text.includes('=') ? [] : argNames(analysis, offset);
    case 'LABEL':
      return text.includes('=') ? [] : wordProposals(labelKeys, '=');
    case 'STOPSIGNAL':
      return wordProposals(signals);
    case 'EXPOSE':
      return /^\d+(?:-\d+)?\/?\w*$/.test(text) ? ['tcp', 'udp', 'sctp'].map((one) => ({ label: `${text.replace(/\/.*/, '')}/${one}`, kind: CompletionItemKind.Value })) : [];
    case 'HEALTHCHECK':
      return index === 0 ? [...flagNames(instruction), ...['CMD', 'NONE'].map((label): Proposal => ({ label, kind: CompletionItemKind.Keyword, rank: 0 }))] : [];
    case 'USER':
      return index === 0 ? users(analysis, cursor) : [];
    default:
      return flags;
  }
}

async function paths(sources: CompletionSources, text: string, start: number): Promise<Proposal[]> {
  const context = await sources.context();
  return context ? contextPaths(context, text, start, text.startsWith('"')) : [];
}

function wordProposals(words: Words, suffix = ''): Proposal[] {
  return words.map(([label, detail], index) => ({ label, insert: `${label}${suffix}`, kind: CompletionItemKind.Value, detail, rank: Math.min(index, 9) }));
}

/** Users that the file makes or names elsewhere. */
function users(analysis: Analysis, { instruction }: In<'argument'>): Proposal[] {
  const named = new Set<string>();
  for (const one of analysis.file.instructions) {
    if (one.kind === 'user' && one !== instruction) named.add(one.user.value);
    else if (one.kind === 'run') for (const [, name] of one.line.matchAll(/\b(?:useradd|adduser)\b[^;&|]*?\s([a-z_][\w-]*)(?=\s*(?:$|[;&|]))/g)) if (name !== undefined) named.add(name);
  }
  for (const usual of ['1000', '65532', 'nobody']) named.add(usual);
  return [...named].map((label, index) => ({ label, kind: CompletionItemKind.Value, rank: Math.min(index, 9) }));
}
