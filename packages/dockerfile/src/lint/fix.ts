import { parseDockerfile } from '../parse/parse.js';
import type { LintConfig } from './config/config.js';
import type { Finding } from './finding.js';
import { runLint } from './run.js';

/** Applies the fixes of findings to the text; of two that overlap the first wins. `applied` are the findings whose fixes went in. */
export function applyFixes(text: string, findings: readonly Finding[]): { text: string; applied: Finding[] } {
  const edits: { start: number; end: number; text: string }[] = [];
  const applied: Finding[] = [];
  for (const finding of findings) {
    const { fix } = finding;
    if (!fix || fix.some((edit) => edits.some((other) => edit.start < other.end && other.start < edit.end) || edits.some((other) => edit.start === other.start))) continue;
    edits.push(...fix);
    applied.push(finding);
  }
  edits.sort((a, b) => a.start - b.start);
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return { text: parts.join(''), applied };
}

/** Lints and fixes until nothing more can be fixed, at most ten times. */
export function fixText(text: string, config: LintConfig = {}): { text: string; fixed: number } {
  let fixed = 0;
  let now = text;
  for (let round = 0; round < 10; round++) {
    const result = applyFixes(now, runLint(parseDockerfile(now), config));
    if (result.applied.length === 0) break;
    fixed += result.applied.length;
    now = result.text;
  }
  return { text: now, fixed };
}
