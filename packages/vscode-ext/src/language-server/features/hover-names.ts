import * as l10n from '@vscode/l10n';
import { quietly, type Analysis } from '../dockerfile/analysis.js';
import { imagePage, referenceForms } from '../dockerfile/image-pages.js';
import type { StageSymbol } from '../dockerfile/stage-index.js';
import type { SymbolAt } from '../dockerfile/symbol-at.js';
import type { ImageTag } from '../protocol.js';
import { knownArgs } from '../reference/words.js';
import { clipped, code, codeBlock, formatBytes } from '../text.js';

/** The value that holds at the place, and where it comes from. */
export function variableHover(analysis: Analysis, symbol: Extract<SymbolAt, { kind: 'variable' | 'unknown-variable' }>): string {
  if (symbol.kind === 'unknown-variable') {
    const { name, instruction } = symbol.reference;
    const platform = analysis.stageOf(instruction)?.from === instruction ? analysis.resolved.globalArgs.get(name) : undefined;
    const known = knownArgs.find(([one]) => one === name)?.[1];
    if (platform !== undefined) return [codeBlock(`${name}=${platform}`, 'sh'), known ?? l10n.t('Given by the builder.')].join('\n\n');
    return [l10n.t('{0} is not set in this file.', code(`$${name}`)), ...(known === undefined ? [l10n.t('It may come from the base image or from the shell.')] : [known, l10n.t('To use it, write {0} above.', code(`ARG ${name}`))])].join(' ');
  }
  const { declaration, reference, variable } = symbol;
  const value = reference ? quietly(() => analysis.scopeBefore(reference.instruction).lookup(variable.name)) : declaredValue(analysis, symbol);
  const line = analysis.document.positionAt(declaration.span.start).line + 1;
  const where = declaration.stage < 0 ? l10n.t('ARG above the first FROM, line {0}.', line) : l10n.t('{0} in line {1}.', declaration.kind.toUpperCase(), line);
  const known = knownArgs.find(([one]) => one === variable.name)?.[1];
  const overridden = declaration.kind === 'arg' ? [l10n.t('Given with {0}.', code(`--build-arg ${variable.name}=…`))] : [];
  return [value === undefined || value === `$${variable.name}` ? l10n.t('{0} has no value unless the build is given one.', code(variable.name)) : codeBlock(clipped(`${variable.name}=${value}`), 'sh'), [where, ...overridden].join(' '), ...(known === undefined ? [] : [known])].join('\n\n');
}

function declaredValue(analysis: Analysis, { declaration }: Extract<SymbolAt, { kind: 'variable' }>): string | undefined {
  if (declaration.stage < 0) return analysis.resolved.globalArgs.get(declaration.name);
  const scope = analysis.scopeBefore(declaration.instruction);
  quietly(() => scope.apply(declaration.instruction));
  return declaration.kind === 'env' ? scope.env.get(declaration.name) : scope.args.get(declaration.name);
}

export function stageHover(analysis: Analysis, { stage, references }: StageSymbol): string {
  const base = stage.base.kind === 'stage' ? l10n.t('the stage {0}', code(analysis.resolved.stages[stage.base.index]?.name ?? String(stage.base.index))) : stage.base.kind === 'scratch' ? '`scratch`' : code(stage.base.name);
  const users = new Set(references.flatMap(({ dependency }) => analysis.stageOf(dependency.instruction) ?? []));
  const used = [...users].map((user) => code(user.name ?? String(user.index)));
  const count = stage.instructions.length;
  const said = [count === 1 ? l10n.t('**Stage {0}** on {1}, 1 instruction', stage.name ?? stage.index, base) : l10n.t('**Stage {0}** on {1}, {2} instructions', stage.name ?? stage.index, base, count)];
  if (used.length > 0) said.push(l10n.t('Used by {0}.', used.join(', ')));
  else if (stage.index < analysis.resolved.stages.length - 1) said.push(l10n.t('No other stage uses it.'));
  return said.join('\n\n');
}

export function imageHover(reference: string, images: readonly ImageTag[]): string {
  const page = imagePage(reference);
  const known = images.find((image) => referenceForms(image.reference).includes(reference));
  const facts = known
    ? [known.platform, known.size === undefined ? undefined : formatBytes(known.size), known.created === undefined ? undefined : l10n.t('created {0}', known.created.slice(0, 10))].filter((one) => one !== undefined)
    : [];
  return [
    `**${code(reference)}**`,
    ...(known ? [facts.length > 0 ? l10n.t('In the local store: {0}.', facts.join(', ')) : l10n.t('In the local store.')] : []),
    ...(known?.digest === undefined ? [] : [code(known.digest)]),
    ...(page === undefined ? [] : [`[${l10n.t('About this image')}](${page})`]),
  ].join('\n\n');
}
