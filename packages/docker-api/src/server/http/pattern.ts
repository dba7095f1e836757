import { badRequest } from './api-error.js';

const plain = /^[\w./:@-]*$/;

/**
 * docker's filters of names are regular expressions. Those that could keep the server busy (repeated groups, more than three open ends) are
 * refused. @throws ApiError 400
 */
export function matchesPattern(pattern: string, name: string): boolean {
  if (plain.test(pattern)) return name.includes(pattern);
  return compiled(pattern).test(name);
}

function compiled(pattern: string): RegExp {
  const openEnds = pattern.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
  if (pattern.length > 300 || openEnds > 3 || /\)\s*[*+?{]/.test(pattern) || /\\[1-9]/.test(pattern)) throw badRequest(`the pattern ${JSON.stringify(pattern.slice(0, 100))} is not supported`);
  try {
    return new RegExp(pattern, 'u');
  } catch {
    throw badRequest(`invalid regexp ${JSON.stringify(pattern.slice(0, 100))}`);
  }
}

/** A shell's pattern, `*` not crossing a slash, as `path.Match` of Go has it. */
export function matchesGlob(pattern: string, name: string): boolean {
  if ((pattern.match(/\*/g)?.length ?? 0) > 8) throw badRequest(`the pattern ${JSON.stringify(pattern.slice(0, 100))} is not supported`);
  const source = pattern.replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return name === pattern;
  }
}
