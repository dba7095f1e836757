import type { Instruction } from '@caisson/dockerfile';
import type { BuiltStep, LastBuild } from '../protocol.js';
import type { Analysis } from './analysis.js';

const plain = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

/** What the last build did with each instruction that is still as it was; of equal ones the nearest to where it stood. */
export function builtSteps(analysis: Analysis, build: LastBuild | undefined): ReadonlyMap<Instruction, BuiltStep> {
  const found = new Map<Instruction, BuiltStep>();
  if (!build) return found;
  const byText = Map.groupBy(analysis.file.instructions, ({ text }) => plain(text));
  const byLine = new Map(analysis.file.instructions.map((instruction) => [instruction.range.start.line, instruction]));
  for (const step of build.steps) {
    const candidates = step.text === undefined ? [byLine.get(step.line)] : (byText.get(plain(step.text)) ?? []);
    const [nearest] = candidates
      .filter((one): one is Instruction => one !== undefined && !found.has(one))
      .sort((a, b) => Math.abs(a.range.start.line - step.line) - Math.abs(b.range.start.line - step.line));
    if (nearest) found.set(nearest, step);
  }
  return found;
}
