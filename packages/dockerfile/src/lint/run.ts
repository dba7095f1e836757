import type { Dockerfile } from '../ast.js';
import type { LintConfig } from './config/config.js';
import { LintContext } from './context.js';
import type { Finding, Severity } from './finding.js';
import { isSuppressed, nothing, readPragmas, type Pragmas } from './pragmas.js';
import { concerns, needsOf, presentIn, type Needs } from './needs.js';
import type { Rule } from './rule.js';
import { rules } from './rules/index.js';

/** What does not change from file to file. */
const known = rules.map((rule) => ({ rule, code: rule.code.toLowerCase(), buildCheck: /^(?!DL\d)[A-Z]/.test(rule.code), needs: needsOf(rule) }));
const onByDefault = known.flatMap((one) => (one.rule.off ? [] : [activate(one, one.rule.severity)]));
const covered: ReadonlyMap<string, string> = new Map(rules.flatMap(({ code, coveredBy }) => (coveredBy === undefined ? [] : [[code, coveredBy] as const])));
const covering: ReadonlySet<string> = new Set(covered.values());

/** On the way, a finding of a rule that is switched off may be there to take another one with it. */
interface Active {
  readonly code: string;
  readonly title: string;
  readonly needs: Needs;
  readonly severity: Severity | 'off';
  readonly check: Rule['check'];
}

type Found = Omit<Finding, 'severity'> & { readonly severity: Severity | 'off' };

const none: readonly never[] = [];

/** Finds what is wrong with a parsed file: first its errors, then what every rule that is on has to say, in source order. `others` come from elsewhere. */
export function runLint(file: Dockerfile, config: LintConfig = {}, others: readonly Finding[] = none): Finding[] {
  const pragmas = config.disableIgnorePragma ? nothing : readPragmas(file);
  const settings = new Map(Object.entries(config.rules ?? {}).map(([code, value]) => [code.toLowerCase(), value]));
  const findings: Found[] = [];
  let current: Active | undefined;
  const context = new LintContext(
    file,
    config,
    (range, { message, hint, fix }) => {
      if (!current) return;
      const found = { code: current.code, also: none, severity: current.severity, message: message ?? current.title, range };
      findings.push(hint === undefined && fix === undefined ? found : { ...found, ...(hint !== undefined && { hint }), ...(fix && fix.length > 0 && { fix }) });
    },
    pragmas.shell,
  );
  for (const { code, message, range, hint } of context.resolved.errors)
    findings.push({ code: `parse/${code}`, also: none, severity: 'error', message, range, ...(hint !== undefined && { hint }) });
  const present = presentIn(context);
  for (const active of activeRules(settings, pragmas)) {
    if (!concerns(active.needs, present)) continue;
    current = active;
    active.check(context);
  }
  for (const finding of others) findings.push({ ...finding, severity: settings.get(finding.code.toLowerCase()) ?? finding.severity });
  const merged = merge(file, findings, settings);
  const shown = pragmas.file.size + pragmas.spans.length === 0 ? merged : merged.filter(({ code, also, range }) => code.startsWith('parse/') || !isSuppressed(pragmas, [code, ...also], range.start.line));
  return shown.sort(inOrder);
}

function activeRules(settings: ReadonlyMap<string, 'off' | Severity>, pragmas: Pragmas): readonly Active[] {
  if (settings.size === 0 && !pragmas.error && pragmas.experimental.size === 0) return onByDefault;
  return known.flatMap((one) => {
    const severity = severityOf(one, settings, pragmas);
    // A rule that another covers runs even when it is switched off: what both find is then left out under either name.
    return severity === 'off' && !(one.rule.coveredBy !== undefined && settings.get(one.code) === 'off') ? [] : [activate(one, severity)];
  });
}

/** Rules differ in what fields they have; these objects are alike, which makes going over them faster. */
function activate({ rule: { code, title, check }, needs }: (typeof known)[number], severity: Severity | 'off'): Active {
  return { code, title, needs, severity, check };
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
  if (!findings.some(({ code, severity }) => severity === 'off' || covered.has(code))) return findings as Finding[];
  const starts = file.instructions.map((instruction) => instruction.range.start.offset);
  const key = (code: string, { range }: Found) => `${code} ${countUpTo(starts, range.start.offset)}`;
  /** What each finding that may take others with it did take. */
  const taken = new Map<string, string[]>();
  for (const finding of findings) if (covering.has(finding.code)) taken.set(key(finding.code, finding), []);
  const kept = findings.filter((finding) => {
    const by = covered.get(finding.code);
    const names = by === undefined ? undefined : taken.get(key(by, finding));
    if (names && !names.includes(finding.code)) names.push(finding.code);
    return names === undefined;
  });
  return kept.flatMap((finding): Finding[] => {
    const names = covering.has(finding.code) ? (taken.get(key(finding.code, finding)) ?? none) : none;
    if (names.length === 0) return finding.severity === 'off' ? [] : [finding as Finding];
    const set = settings.size === 0 || settings.has(finding.code.toLowerCase()) || finding.code.startsWith('parse/') ? undefined : names.map((name) => settings.get(name.toLowerCase())).find((value) => value !== undefined);
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
