import type { Instruction } from '@caisson/dockerfile';
import { CompletionItemKind } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import type { Span } from '../positions.js';
import type { ImageTag } from '../protocol.js';
import { knownArgs } from '../reference/words.js';
import { clipped, formatBytes } from '../text.js';
import type { Proposal } from './item.js';

/** `$NA` or `${NA` that the cursor is behind: the place of the name, and whether a brace is open. */
export function openVariable(text: string, offset: number): { readonly span: Span; readonly braced: boolean } | undefined {
  const match = /(?:^|[^\\`$])(?:\$\$)*\$(\{?)(\w*)$/.exec(text);
  if (!match) return undefined;
  return { span: { start: offset - (match[2]?.length ?? 0), end: offset }, braced: match[1] === '{' };
}

const expanding = new Set(['FROM', 'RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'COPY', 'ADD', 'ENV', 'ARG', 'LABEL', 'EXPOSE', 'VOLUME', 'USER', 'WORKDIR', 'STOPSIGNAL']);

/** Variables that the instruction sees, with their values. */
export function variables(analysis: Analysis, instruction: Instruction, open: { readonly span: Span; readonly braced: boolean }): Proposal[] {
  if (!expanding.has(instruction.name)) return [];
  const scope = analysis.scopeBefore(instruction);
  const runtime = instruction.name === 'CMD' || instruction.name === 'ENTRYPOINT' || instruction.name === 'HEALTHCHECK';
  const values = new Map<string, string | undefined>([...(runtime ? [] : scope.args), ...[...scope.env].filter(([name, value]) => value !== `$${name}`)]);
  if (instruction.name !== 'FROM' && !runtime) for (const name of ['PATH', 'HOME']) if (!values.has(name)) values.set(name, undefined);
  const closed = open.braced && analysis.file.source.charAt(open.span.end) !== '}' ? '}' : '';
  return [...values].map(([name, value]) => ({
    label: name,
    insert: `${name}${closed}`,
    kind: CompletionItemKind.Variable,
    ...(value !== undefined && { detail: clipped(value, 200) }),
    span: open.span,
    rank: 1,
  }));
}

/** Stages that stand above an instruction. */
export function stages(analysis: Analysis, offset: number, except?: number): Proposal[] {
  return analysis.resolved.stages
    .filter(({ index, range }) => index !== except && range.start.offset < offset)
    .map(({ name, index, from }): Proposal => ({ label: name === undefined ? String(index) : (from.as?.value ?? name), kind: CompletionItemKind.Module, detail: `stage on ${from.image.value}`, rank: 1 }));
}

/** Images of the local store. */
export function images(tags: readonly ImageTag[]): Proposal[] {
  return tags.map(({ reference, size, created, platform, digest }) => {
    const facts = [platform, size === undefined ? undefined : formatBytes(size), created?.slice(0, 10)].filter((one) => one !== undefined);
    return { label: reference, kind: CompletionItemKind.Reference, ...(facts.length > 0 && { detail: facts.join(', ') }), ...(digest !== undefined && { documentation: `\`${digest}\`` }), rank: 2 };
  });
}

/** Names that ARG can bring into a stage. */
export function argNames(analysis: Analysis, offset: number): Proposal[] {
  const stage = analysis.stageAt(offset);
  const declared = new Set(analysis.variables.declarations.filter((one) => one.kind === 'arg' && one.stage === (stage?.index ?? -1)).map(({ name }) => name));
  const globals = analysis.variables.declarations.filter((one) => one.stage < 0 && stage !== undefined);
  return [
    ...globals.map(({ name, value }): Proposal => ({ label: name, kind: CompletionItemKind.Variable, ...(value !== undefined && { detail: value }), documentation: 'From above the first FROM.', rank: 1 })),
    ...knownArgs.map(([name, summary]): Proposal => ({ label: name, kind: CompletionItemKind.Constant, detail: summary, rank: 3 })),
  ].filter(({ label }) => !declared.has(label));
}
