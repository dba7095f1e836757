import { posix } from 'node:path';
import type { LintContext, RunInfo } from '../context.js';
import type { SourceRange } from '../../source.js';
import type { LabelType } from '../config/config.js';

export function unquote(text: string): string {
  const first = text.charCodeAt(0);
  return (first === 34 || first === 39) && text.length > 1 && text.charCodeAt(text.length - 1) === first ? text.slice(1, -1) : text;
}

export function isRemote(source: string): boolean {
  return /^(?:https?|ftp|git|ssh):\/\/|^git@|\.git(?:#|$)/i.test(unquote(source));
}

export function isArchive(name: string): boolean {
  return name.includes('.') && /\.(?:tar|tgz|tbz2?|txz|tzst|zip|gz|bz2|xz|zst|lzma|7z|Z|tar\.\w+)$/.test(unquote(name));
}

export function baseName(path: string): string {
  const bare = unquote(path);
  let end = bare.length;
  while (end > 0 && isSeparator(bare.charCodeAt(end - 1))) end--;
  let start = end;
  while (start > 0 && !isSeparator(bare.charCodeAt(start - 1))) start--;
  return bare.slice(start, end);
}

function isSeparator(code: number): boolean {
  return code === 47 || code === 92;
}

export function isAbsolute(path: string): boolean {
  return /^(?:["']?[/\\$]|["']?[A-Za-z]:)/.test(path);
}

/** A path after `WORKDIR path`; one that no file system would take begins anew, so that growing it costs nothing. */
export function resolvePath(folder: string, path: string): string {
  const resolved = posix.resolve(folder, path);
  return resolved.length > 1024 ? '/' : resolved;
}

/** The values of a label in pairs of LABEL instructions, with where each stands. */
export function* labels(context: LintContext): Generator<{ key: string; value: string; range: SourceRange }> {
  for (const instruction of context.all('label'))
    for (const pair of instruction.pairs) yield { key: unquote(pair.key), value: unquote(pair.value ?? ''), range: pair.valueRange ?? pair.range };
}

/** Reports labels that the schema gives this type and whose value is none. A value with variables is left alone. */
export function checkLabels(context: LintContext, type: LabelType, valid: (value: string) => boolean): void {
  const schema = context.config.labelSchema ?? {};
  for (const { key, value, range } of labels(context))
    if (Object.hasOwn(schema, key) && schema[key] === type && !value.includes('$') && !valid(value)) context.report(range, { message: `Label \`${key}\` is not ${labelWords[type]}: ${JSON.stringify(value.slice(0, 60))}` });
}

const labelWords: Readonly<Record<LabelType, string>> = {
  text: 'text',
  rawtext: 'text',
  url: 'a URL',
  semver: 'a semantic version',
  hash: 'a git commit hash',
  rfc3339: 'a time after RFC 3339',
  spdx: 'an SPDX licence identifier',
  email: 'an e-mail address',
};

/** A cache mount of a RUN that covers a folder. */
export function hasCacheMount(run: RunInfo, folder: string): boolean {
  return run.run.mounts.some(({ flag, mount }) => {
    const target = (mount?.target ?? /(?:target|dst|destination)=([^,]+)/.exec(flag.value ?? '')?.[1] ?? '').replace(/\/+$/, '');
    const type = mount?.type ?? /type=(\w+)/.exec(flag.value ?? '')?.[1];
    return (type === 'cache' || type === 'tmpfs') && (target === folder || folder.startsWith(`${target}/`));
  });
}

export function isCacheMounted(run: RunInfo, pattern: RegExp): boolean {
  return run.run.mounts.some(({ flag }) => /type=(?:cache|tmpfs)/.test(flag.value ?? '') && pattern.test(flag.value ?? ''));
}

/** Tag and digest of an image name as written in FROM. */
export function imageParts(image: string): { name: string; tag?: string; digest?: string } {
  const at = image.indexOf('@');
  const bare = at < 0 ? image : image.slice(0, at);
  const colon = bare.lastIndexOf(':');
  const tagged = colon > bare.lastIndexOf('/');
  return { name: tagged ? bare.slice(0, colon) : bare, ...(tagged && { tag: bare.slice(colon + 1) }), ...(at >= 0 && { digest: image.slice(at + 1) }) };
}
