import type { Dockerfile } from '../../ast.js';
import { DockerfileError } from '../../source.js';
import type { LintConfig } from '../config/config.js';
import { isRecord } from '../config/values.js';
import { LintContext, type RunInfo } from '../context.js';
import { severities, type Finding } from '../finding.js';
import { readPragmas } from '../pragmas.js';
import { scriptOf, shebangOf, type ScriptText } from './script.js';

/** The shell text of one RUN as a script of its own, for ShellCheck. */
export interface ShellScript {
  /** A file name, and the name that ShellCheck's answer has it under. */
  readonly name: string;
  readonly text: string;
}

/**
 * Runs ShellCheck over the scripts, each in a file of its name, and gives what `shellcheck --format=json1` prints. There may be none
 * to look at; then it is not called.
 */
export type RunShellCheck = (scripts: readonly ShellScript[]) => string | Promise<string>;

/** What makes no sense here: files that cannot be followed (1090, 1091), and that ash is taken for dash (2187). */
const excluded: ReadonlySet<number> = new Set([1090, 1091, 2187]);

const dialects: ReadonlyMap<string, string> = new Map([
  ['sh', 'sh'],
  ['busybox', 'sh'],
  ['bash', 'bash'],
  ['ash', 'dash'],
  ['dash', 'dash'],
  ['ksh', 'ksh'],
]);

/** Lines that are put in front of each script: the shell, and the variables that the Dockerfile or the build sets. */
const linesBefore = 2;
const fromBuild = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'];

interface Sent {
  readonly script: ScriptText;
  readonly lineStarts: readonly number[];
}

/** What ShellCheck says of the RUNs, with places in the Dockerfile and `SC…` as codes; rules and pragmas are not applied yet. */
export async function shellCheckFindings(file: Dockerfile, config: LintConfig, run: RunShellCheck): Promise<readonly Finding[]> {
  const context = new LintContext(file, config, () => {}, config.disableIgnorePragma ? undefined : readPragmas(file).shell);
  const sent = new Map<string, Sent>();
  const scripts: ShellScript[] = [];
  const variables = declared(context);
  for (const info of context.runs()) {
    const shell = dialectOf(info);
    const script = shell === undefined ? undefined : scriptOf(info.run, file.source, file.escape);
    if (!script) continue;
    const name = `${scripts.length}.sh`;
    // A `#!` of its own has been read, and may stand in the first line alone.
    const text = script.text.replace(/^\t*#!.*/, (line) => ' '.repeat(line.length));
    sent.set(name, { script, lineStarts: lineStarts(text) });
    scripts.push({ name, text: `#!/bin/${shell}\nexport ${variables.map((variable) => `${variable}=1`).join(' ')}\n${text}\n` });
  }
  if (scripts.length === 0) return [];
  return readAnswer(await run(scripts)).flatMap((one): Finding[] => {
    const place = sent.get(one.file);
    if (!place || one.line <= linesBefore || excluded.has(one.code)) return [];
    const start = offsetOf(place, one.line - linesBefore, one.column);
    const end = Math.max(start, offsetOf(place, one.endLine - linesBefore, one.endColumn));
    return [{ code: `SC${one.code}`, also: [], severity: one.level, message: one.message.replace(/\.$/, ''), range: context.range(start, end) }];
  });
}

/** Of the `#!` line of a heredoc, else of SHELL. */
function dialectOf({ run, shell }: RunInfo): string | undefined {
  const own = /^\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(shebangOf(run) ?? '')?.[1];
  return dialects.get((own ?? shell[0] ?? '').replace(/^.*[/\\]/, '').replace(/\.exe$/i, '').toLowerCase());
}

/** Every variable of the file: what a RUN sees of them is the business of other rules. */
function declared(context: LintContext): readonly string[] {
  const names = new Set(fromBuild);
  for (const { pairs } of [...context.all('arg'), ...context.all('env')]) for (const { key } of pairs) if (/^[A-Za-z_]\w*$/.test(key)) names.add(key);
  return [...names];
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** ShellCheck's columns count characters from 1, a tab being one. */
function offsetOf({ script, lineStarts: starts }: Sent, line: number, column: number): number {
  let at = starts[line - 1] ?? script.text.length;
  for (let left = column - 1; left > 0 && at < script.text.length; left--) at += (script.text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return script.offset + Math.min(at, script.text.length);
}

interface Comment {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
  readonly level: Finding['severity'];
  readonly code: number;
  readonly message: string;
}

/** @throws DockerfileError `arguments` where the text is not ShellCheck's */
function readAnswer(text: string): readonly Comment[] {
  try {
    const document: unknown = JSON.parse(text);
    if (isRecord(document) && Array.isArray(document['comments'])) return (document['comments'] as unknown[]).map(readComment);
  } catch (error) {
    throw new DockerfileError('arguments', `ShellCheck's answer cannot be read: ${error instanceof Error ? error.message : 'no JSON'}`);
  }
  throw new DockerfileError('arguments', 'ShellCheck\'s answer has no comments');
}

function readComment(value: unknown): Comment {
  if (!isRecord(value)) throw new TypeError('a comment is no object');
  const number = (name: string): number => {
    const one = value[name];
    return typeof one === 'number' && Number.isSafeInteger(one) ? one : fail(name);
  };
  const text = (name: string): string => {
    const one = value[name];
    return typeof one === 'string' ? one : fail(name);
  };
  const level = severities.find((one) => one === value['level']) ?? fail('level');
  return { file: text('file'), line: number('line'), endLine: number('endLine'), column: number('column'), endColumn: number('endColumn'), level, code: number('code'), message: text('message') };
}

function fail(name: string): never {
  throw new TypeError(`a comment has no right ${name}`);
}
