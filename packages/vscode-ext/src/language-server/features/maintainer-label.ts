import type { Finding } from '@caisson/dockerfile';
import type { Analysis } from '../dockerfile/analysis.js';
import { span } from '../positions.js';
import type { Rewrite } from './exec-form.js';

/**
 * The label that MaintainerDeprecated asks for. It is offered, and not among the fixes that change nothing: the image then has a label and no author.
 * A label's value is expanded and unescaped, and that of MAINTAINER is not: one that would become another has none.
 */
export function maintainerLabel(analysis: Analysis, { code, range }: Finding): Rewrite | undefined {
  if (code !== 'MaintainerDeprecated' || range.start.line !== range.end.line) return undefined;
  const instruction = analysis.instructionAt(range.start.offset);
  if (instruction?.kind !== 'maintainer' || !/^[^"'$\\`]+$/.test(instruction.maintainer.value)) return undefined;
  return { where: span(range), text: `LABEL org.opencontainers.image.authors=${JSON.stringify(instruction.maintainer.value)}` };
}
