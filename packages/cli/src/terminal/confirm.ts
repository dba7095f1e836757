import { createInterface } from 'node:readline';
import { CaissonError } from '@caisson/core';

/**
 * Asks before something is lost. The answer may come through a pipe (`yes | caisson system prune`); where none comes there is nobody to ask.
 * @throws CaissonError `invalid-argument`
 */
export async function confirm(warning: string): Promise<boolean> {
  const answer = await ask(`${warning} Go on? [y/N] `);
  if (answer === undefined) throw new CaissonError('invalid-argument', 'nobody is here to be asked', { hint: 'use -f to go on without being asked' });
  return /^y(es)?$/i.test(answer.trim());
}

/** One line of standard input; undefined at its end. */
function ask(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY ?? false });
  return new Promise((resolve) => {
    const unanswered = () => {
      process.stderr.write('\n');
      resolve(undefined);
    };
    lines.once('close', unanswered);
    lines.question(question, (answer) => {
      resolve(answer);
      lines.off('close', unanswered).close();
      // A pipe that goes on (`yes`) would keep this process from ending.
      process.stdin.destroy();
    });
  });
}
