import type { Dockerfile } from '../ast.js';
import type { LintConfig } from './config/config.js';
import { LintContext } from './context.js';
import type { Finding, Severity } from './finding.js';
import { isSuppressed, readPragmas, type Pragmas } from './pragmas.js';
import type { Rule } from './rule.js';
import { rules } from './rules/index.js';

/** What does not change from file to file. */
const known = rules.map((rule) => ({ rule, code: rule.code.toLowerCase(), buildCheck: /^(?!DL\d)[A-Z]/.test(rule.code) }));
const covered = new Map(rules.flatMap(({ code, coveredBy }) => (coveredBy === undefined ? [] : [[code, coveredBy] as const])));

const nothing: Pragmas = { file: new Set(), spans: [], error: false, experimental: new Set() };

/** Finds what is wrong with a parsed file: first its errors, then what every rule that is on has to say, in source order. */
export function runLint(file: Dockerfile, config: LintConfig = {}): Finding[] {
  const pragmas = config.disableIgnorePragma ? nothing : readPragmas(file);
  const settings = new Map(Object.entries(config.rules ?? {}).map(([code, value]) => [code.toLowerCase(), value]));
  const findings: Finding[] = [];
  let current: { rule: Rule; severity: Severity } | undefined;
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
  for (const one of known) {
    const severity = severityOf(one, settings, pragmas);
    if (severity === 'off') continue;
    current = { rule: one.rule, severity };
    one.rule.check(context);
  }
  const merged = merge(file, findings);
  return merged.filter(({ code, also, range }) => code.startsWith('parse/') || !isSuppressed(pragmas, [code, ...also], range.start.line)).sort(inOrder);
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
 * ignoring either name works.
 */
function merge(file: Dockerfile, findings: readonly Finding[]): Finding[] {
  const starts = file.instructions.map((instruction) => instruction.range.start.offset);
  const place = (finding: Finding) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= finding.range.start.offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  if (!findings.some(({ code }) => covered.has(code))) return [...findings];
  const also = new Map<string, string[]>();
  const shown = new Set(findings.map((finding) => `${finding.code} ${place(finding)}`));
  const kept = findings.filter((finding) => {
    const by = covered.get(finding.code);
    const key = `${by ?? ''} ${place(finding)}`;
    if (by === undefined || !shown.has(key)) return true;
    const list = also.get(key) ?? [];
    if (!list.includes(finding.code)) also.set(key, [...list, finding.code]);
    return false;
  });
  return kept.map((finding) => ({ ...finding, also: also.get(`${finding.code} ${place(finding)}`) ?? [] }));
}
