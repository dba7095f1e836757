import type { Dockerfile } from '../ast.js';
import type { LintConfig } from './config/config.js';
import { LintContext } from './context.js';
import type { Finding, Severity } from './finding.js';
import { isSuppressed, readPragmas, type Pragmas } from './pragmas.js';
import { concerns, type Rule } from './rule.js';
import { rules } from './rules/index.js';

/** What does not change from file to file. */
const known = rules.map((rule) => ({ rule, code: rule.code.toLowerCase(), buildCheck: /^(?!DL\d)[A-Z]/.test(rule.code) }));
const onByDefault = known.flatMap(({ rule }) => (rule.off ? [] : [{ rule, severity: rule.severity }]));
const covered = new Map(rules.flatMap(({ code, coveredBy }) => (coveredBy === undefined ? [] : [[code, coveredBy] as const])));

/** On the way, a finding of a rule that is switched off may be there to take another one with it. */
interface Active {
  readonly rule: Rule;
  readonly severity: Severity | 'off';
}

type Found = Omit<Finding, 'severity'> & { readonly severity: Severity | 'off' };

const nothing: Pragmas = { file: new Set(), spans: [], error: false, experimental: new Set() };

/** Finds what is wrong with a parsed file: first its errors, then what every rule that is on has to say, in source order. */
export function runLint(file: Dockerfile, config: LintConfig = {}): Finding[] {
  const pragmas = config.disableIgnorePragma ? nothing : readPragmas(file);
  const settings = new Map(Object.entries(config.rules ?? {}).map(([code, value]) => [code.toLowerCase(), value]));
  const findings: Found[] = [];
  let current: Active | undefined;
  const context = new LintContext(
    file,
    config,
    (range, { message, hint, fix }) => {
      if (!current) return;
      const { rule, severity } = current;
      findings.push({ code: rule.code, also: [], severity, message: message ?? rule.title, range, ...(hint !== undefined && { hint }), ...(fix && fix.length > 0 && { fix }) });
    },
    pragmas.shell,
  );
  for (const { code, message, range, hint } of context.resolved.errors)
    findings.push({ code: `parse/${code}`, also: [], severity: 'error', message, range, ...(hint !== undefined && { hint }) });
  for (const active of activeRules(settings, pragmas)) {
    if (!concerns(active.rule, context)) continue;
    current = active;
    active.rule.check(context);
  }
  const merged = merge(file, findings, settings);
  const shown = pragmas.file.size + pragmas.spans.length === 0 ? merged : merged.filter(({ code, also, range }) => code.startsWith('parse/') || !isSuppressed(pragmas, [code, ...also], range.start.line));
  return shown.sort(inOrder);
}

function activeRules(settings: ReadonlyMap<string, 'off' | Severity>, pragmas: Pragmas): readonly Active[] {
  if (settings.size === 0 && !pragmas.error && pragmas.experimental.size === 0) return onByDefault;
  return known.flatMap((one) => {
    const severity = severityOf(one, settings, pragmas);
    // A rule that another covers runs even when it is switched off: what both find is then left out under either name.
    return severity === 'off' && !(one.rule.coveredBy !== undefined && settings.get(one.code) === 'off') ? [] : [{ rule: one.rule, severity }];
  });
}

function severityOf({ rule, code, buildCheck }: (typeof known)[number], settings: ReadonlyMap<string, 'off' | Severity>, pragmas: Pragmas): 'off' | Severity {
  const set = settings.get(code);
  if (set !== undefined) return set;
  const wanted = buildCheck && (pragmas.experimental.has(code) || pragmas.experimental.has('all'));
  if (rule.off && !wanted) return 'off';
  return buildCheck && pragmas.error ? 'error' : rule.severity;
}

function inOrder(a: Finding, b: Finding): number {
  return a.range.start.offset - b.range.start.offset || a.range.end.offset - b.range.end.offset || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}

/**
 * Leaves out a finding whose rule is covered by another one that fired in the same instruction; its code goes to `also`, so that
 * ignoring either name works, and so does its severity where the config sets that and not the other's.
 */
function merge(file: Dockerfile, findings: readonly Found[], settings: ReadonlyMap<string, 'off' | Severity>): Finding[] {
  if (!findings.some(({ code, severity }) => severity === 'off' || covered.has(code))) return [...(findings as Finding[])];
  const starts = file.instructions.map((instruction) => instruction.range.start.offset);
  const keys = findings.map(({ code, range }) => ({ own: `${code} ${countUpTo(starts, range.start.offset)}`, by: covered.has(code) ? `${covered.get(code) ?? ''} ${countUpTo(starts, range.start.offset)}` : undefined }));
  const shown = new Set(keys.map(({ own }) => own));
  const also = new Map<string, string[]>();
  const kept = findings.filter(({ code }, index) => {
    const by = keys[index]?.by;
    if (by === undefined || !shown.has(by)) return true;
    const list = also.get(by) ?? [];
    if (!list.includes(code)) also.set(by, [...list, code]);
    return false;
  });
  return kept.flatMap((finding): Finding[] => {
    const names = also.get(`${finding.code} ${countUpTo(starts, finding.range.start.offset)}`) ?? [];
    const set = settings.has(finding.code.toLowerCase()) || finding.code.startsWith('parse/') ? undefined : names.map((name) => settings.get(name.toLowerCase())).find((value) => value !== undefined);
    const severity = set ?? finding.severity;
    return severity === 'off' ? [] : [{ ...finding, severity, also: names }];
  });
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
