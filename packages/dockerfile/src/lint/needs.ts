import type { LintContext } from './context.js';
import type { Feature, Rule } from './rule.js';
import { isAbsolute } from './rules/support.js';
import { kindBits } from './stage.js';

/**
 * What a rule is about, or what a file has, as bits: most rules have nothing to say about most files, and there are a hundred of them.
 * Two names may share a bit; that only costs a look.
 */
export interface Needs {
  readonly kinds: number;
  readonly commands: number;
  readonly features: number;
}

const featureBits: Readonly<Record<Feature, number>> = { 'stage-name': 1, platform: 2, 'from-variable': 4, 'copy-from': 8, 'shell-form': 16, repeated: 32, 'empty-continuation': 64, pipe: 128, config: 256, runs: 512, 'other-case': 1024, relative: 2048, 'no-from': 4096 };
const commandBits = new Map<string, number>();

/** To be asked for every rule before the first `presentIn`. */
export function needsOf({ instructions = [], commands = [], features = [] }: Rule): Needs {
  let bits = 0;
  for (const name of commands) {
    const bit = commandBits.get(name) ?? 1 << (commandBits.size % 32);
    commandBits.set(name, bit);
    bits |= bit;
  }
  return { kinds: kindBits(instructions), commands: bits, features: features.reduce((all, one) => all | featureBits[one], 0) };
}

export function presentIn(context: LintContext): Needs {
  let commands = 0;
  for (const name of context.commandNames()) commands |= commandBits.get(name) ?? 0;
  return { kinds: context.kinds, commands, features: featuresOf(context) };
}

function featuresOf(context: LintContext): number {
  let bits = 0;
  for (const { as, platform, image } of context.all('from')) {
    if (as) bits |= featureBits['stage-name'];
    if (platform) bits |= featureBits.platform;
    if (image.value.includes('$') || platform?.value?.includes('$')) bits |= featureBits['from-variable'];
  }
  for (const { from } of context.all('copy')) if (from) bits |= featureBits['copy-from'];
  for (const kind of ['cmd', 'entrypoint'] as const) {
    const all = context.all(kind);
    if (all.length > 1) bits |= featureBits.repeated;
    for (const { shell } of all) if (shell) bits |= featureBits['shell-form'];
  }
  if (context.all('healthcheck').length > 1) bits |= featureBits.repeated;
  if (context.all('run').length > 1) bits |= featureBits.runs;
  if (context.stages[0]?.from === undefined) bits |= featureBits['no-from'];
  for (const { emptyContinuations, keyword, name } of context.file.instructions) {
    if (emptyContinuations.length > 0) bits |= featureBits['empty-continuation'];
    if (keyword.value !== name) bits |= featureBits['other-case'];
  }
  if (hasRelativePath(context)) bits |= featureBits.relative;
  for (const { pipe } of context.runs()) if (pipe) bits |= featureBits.pipe;
  const { trustedRegistries, labelSchema, basePlatforms, ignored } = context.config;
  return trustedRegistries || labelSchema || basePlatforms || ignored ? bits | featureBits.config : bits;
}

function hasRelativePath(context: LintContext): boolean {
  for (const { path } of context.all('workdir')) if (!isAbsolute(path.value)) return true;
  for (const { destination } of context.all('copy')) if (!isAbsolute(destination.value)) return true;
  for (const { destination } of context.all('add')) if (!isAbsolute(destination.value)) return true;
  return false;
}

/** Whether the file has one of the instructions, of the commands and of the features that the rule is about. */
export function concerns(needs: Needs, present: Needs): boolean {
  return (needs.kinds === 0 || (needs.kinds & present.kinds) !== 0) && (needs.commands === 0 || (needs.commands & present.commands) !== 0) && (needs.features === 0 || (needs.features & present.features) !== 0);
}
