import { quietly, type Analysis } from '../dockerfile/analysis.js';
import { imagePage, referenceForms } from '../dockerfile/image-pages.js';
import type { StageSymbol } from '../dockerfile/stage-index.js';
import type { SymbolAt } from '../dockerfile/symbol-at.js';
import type { ImageTag } from '../protocol.js';
import { knownArgs } from '../reference/words.js';
import { clipped, code, codeBlock, formatBytes, plural } from '../text.js';

/** The value that holds at the place, and where it comes from. */
export function variableHover(analysis: Analysis, symbol: Extract<SymbolAt, { kind: 'variable' | 'unknown-variable' }>): string {
  if (symbol.kind === 'unknown-variable') {
    const { name, instruction } = symbol.reference;
    const platform = analysis.stageOf(instruction)?.from === instruction ? analysis.resolved.globalArgs.get(name) : undefined;
    const known = knownArgs.find(([one]) => one === name)?.[1];
    if (platform !== undefined) return [codeBlock(`${name}=${platform}`, 'sh'), known ?? 'Given by the builder.'].join('\n\n');
    return [`${code(`$${name}`)} is not set in this file.`, known === undefined ? 'It may come from the base image or from the shell.' : `${known} To use it, write ${code(`ARG ${name}`)} above.`].join(' ');
  }
  const { declaration, reference, variable } = symbol;
  const value = reference ? quietly(() => analysis.scopeBefore(reference.instruction).lookup(variable.name)) : declaredValue(analysis, symbol);
  const line = analysis.document.positionAt(declaration.span.start).line + 1;
  const where = declaration.stage < 0 ? `ARG above the first FROM, line ${line}` : `${declaration.kind.toUpperCase()} in line ${line}`;
  const known = knownArgs.find(([one]) => one === variable.name)?.[1];
  const overridden = declaration.kind === 'arg' ? ` Given with ${code(`--build-arg ${variable.name}=…`)}.` : '';
  return [value === undefined || value === `$${variable.name}` ? `${code(variable.name)} has no value unless the build is given one.` : codeBlock(clipped(`${variable.name}=${value}`), 'sh'), `${where}.${overridden}`, ...(known === undefined ? [] : [known])].join('\n\n');
}

function declaredValue(analysis: Analysis, { declaration }: Extract<SymbolAt, { kind: 'variable' }>): string | undefined {
  if (declaration.stage < 0) return analysis.resolved.globalArgs.get(declaration.name);
  const scope = analysis.scopeBefore(declaration.instruction);
  quietly(() => scope.apply(declaration.instruction));
  return declaration.kind === 'env' ? scope.env.get(declaration.name) : scope.args.get(declaration.name);
}

export function stageHover(analysis: Analysis, { stage, references }: StageSymbol): string {
  const base = stage.base.kind === 'stage' ? `the stage ${code(analysis.resolved.stages[stage.base.index]?.name ?? String(stage.base.index))}` : stage.base.kind === 'scratch' ? '`scratch`' : code(stage.base.name);
  const users = new Set(references.flatMap(({ dependency }) => analysis.stageOf(dependency.instruction) ?? []));
  const used = [...users].map((user) => code(user.name ?? String(user.index)));
  const said = [`**Stage ${stage.name ?? stage.index}** on ${base}, ${plural(stage.instructions.length, 'instruction')}`];
  if (used.length > 0) said.push(`Used by ${used.join(', ')}.`);
  else if (stage.index < analysis.resolved.stages.length - 1) said.push('No other stage uses it.');
  return said.join('\n\n');
}

export function imageHover(reference: string, images: readonly ImageTag[]): string {
  const page = imagePage(reference);
  const known = images.find((image) => referenceForms(image.reference).includes(reference));
  const facts = known
    ? [known.platform, known.size === undefined ? undefined : formatBytes(known.size), known.created === undefined ? undefined : `created ${known.created.slice(0, 10)}`].filter((one) => one !== undefined)
    : [];
  return [
    `**${code(reference)}**`,
    ...(known ? [`In the local store${facts.length > 0 ? `: ${facts.join(', ')}` : ''}.`] : []),
    ...(known?.digest === undefined ? [] : [code(known.digest)]),
    ...(page === undefined ? [] : [`[About this image](${page})`]),
  ].join('\n\n');
}
