import type { RunInstruction } from '../instructions.js';
import { chompHeredoc, parseHeredocWord } from '../parse/heredoc.js';

/**
 * What a RUN executes. `exec`: this argument vector. `shell`: this text, given to the shell in force as one argument.
 * `script`: a heredoc that begins with `#!`, to be put into a file and executed.
 */
export type RunCommand =
  | { readonly kind: 'exec'; readonly argv: readonly string[] }
  | { readonly kind: 'shell'; readonly text: string }
  | { readonly kind: 'script'; readonly name: string; readonly content: string };

/** A RUN that is nothing but one heredoc runs its body; any other with heredocs is put together again for the shell to read. */
export function runCommand(run: RunInstruction): RunCommand {
  if (!run.shell) return { kind: 'exec', argv: run.command.map((arg) => arg.value) };
  const text = run.command[0]?.value ?? '';
  const [first] = run.heredocs;
  if (!first) return { kind: 'shell', text };
  if (parseHeredocWord(text)) {
    const content = first.chomp ? chompHeredoc(first.content) : first.content;
    return content.startsWith('#!') ? { kind: 'script', name: first.name, content } : { kind: 'shell', text: content };
  }
  return { kind: 'shell', text: text + run.heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join('') };
}
