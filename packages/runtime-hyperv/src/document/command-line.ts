import { CaissonError, type ProcessSpec } from '@caisson/core';

/**
 * The command line of a process. Windows programs get one string, not words: each word is escaped so that the C runtime
 * (CommandLineToArgvW) finds it again, except where the image says that its first word is a whole command line already (`ArgsEscaped`,
 * which shell forms of Dockerfiles set).
 */
export function commandLine({ args, argsEscaped }: Pick<ProcessSpec, 'args' | 'argsEscaped'>): string {
  const [first, ...rest] = args;
  if (first === undefined || (first === '' && rest.length === 0)) throw new CaissonError('invalid-argument', 'no command was given');
  if (args.some((arg) => arg.includes('\0'))) throw new CaissonError('invalid-argument', 'an argument contains a NUL byte');
  const line = [argsEscaped ? first : escapeArgument(first), ...rest.map(escapeArgument)].join(' ');
  // CreateProcess takes no longer ones.
  if (line.length > 32_766) throw new CaissonError('limit-exceeded', `the command line has ${line.length} characters; Windows takes 32766`);
  return line;
}

/** By the rules of CommandLineToArgvW: backslashes count only before a quotation mark. */
export function escapeArgument(arg: string): string {
  if (arg !== '' && !/[\s"]/.test(arg)) return arg;
  let quoted = '"';
  let backslashes = 0;
  for (const char of arg) {
    if (char === '\\') {
      backslashes++;
      continue;
    }
    quoted += '\\'.repeat(char === '"' ? backslashes * 2 + 1 : backslashes) + char;
    backslashes = 0;
  }
  return `${quoted}${'\\'.repeat(backslashes * 2)}"`;
}
