import type { Finding, Instruction } from '@caisson/dockerfile';
import type { Analysis } from '../dockerfile/analysis.js';
import { span, touches, type Span } from '../positions.js';

/** A place that has to do with a finding. */
export interface RelatedPlace {
  readonly span: Span;
  readonly message: string;
}

type Relate = (analysis: Analysis, finding: Finding) => RelatedPlace[];

const place = (message: string, range: Instruction['range'] | undefined): RelatedPlace[] => (range ? [{ span: span(range), message }] : []);

/** For findings that speak of two places, how to find the other one. */
const relations: Readonly<Record<string, Relate>> = {
  DuplicateStageName: duplicateStage,
  DL3024: duplicateStage,
  MultipleInstructionsDisallowed: lastOfKind,
  DL3012: lastOfKind,
  DL4003: lastOfKind,
  DL4004: lastOfKind,
  'parse/duplicate-flag': (analysis, finding) => {
    const instruction = analysis.instructionAt(finding.range.start.offset);
    const flag = instruction?.flags.find((one) => one.range.start.offset === finding.range.start.offset);
    return place('given here first', instruction?.flags.find((one) => one.name === flag?.name)?.range);
  },
  'parse/stage': (analysis, finding) => analysis.stages.flatMap(({ stage, references }) => (references.some((one) => touches(one.span, finding.range.start.offset)) ? place('the stage begins here', stage.from.range) : [])),
  'size/deleted-later': namedLine,
  UndefinedVar: (analysis, finding) => {
    const name = /'\$(\w+)'/.exec(finding.message)?.[1];
    const elsewhere = analysis.variables.declarations.find((one) => one.name === name);
    return elsewhere ? [{ span: elsewhere.span, message: elsewhere.stage < 0 ? 'declared above the first FROM; the stage needs an ARG of its own' : 'declared in another place' }] : [];
  },
};

export function relatedPlaces(analysis: Analysis, finding: Finding): RelatedPlace[] {
  return relations[finding.code]?.(analysis, finding) ?? [];
}

function duplicateStage(analysis: Analysis, finding: Finding): RelatedPlace[] {
  const name = analysis.file.source.slice(finding.range.start.offset, finding.range.end.offset).toLowerCase();
  return place('the first stage of this name', analysis.resolved.stages.find((stage) => stage.name === name)?.from.as?.range);
}

function lastOfKind(analysis: Analysis, finding: Finding): RelatedPlace[] {
  const instruction = analysis.instructionAt(finding.range.start.offset);
  const stage = instruction && analysis.stageOf(instruction);
  const last = stage?.instructions.findLast((one) => one.name === instruction?.name);
  return last === instruction ? [] : place('only this one counts', last?.keyword.range);
}

/** The line that the message names. */
function namedLine(analysis: Analysis, finding: Finding): RelatedPlace[] {
  const line = Number(/\bline (\d+)/.exec(finding.message)?.[1]);
  return place('what is deleted is in the layer made here', analysis.file.instructions.find((one) => one.range.start.line === line)?.range);
}
