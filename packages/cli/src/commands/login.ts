import { createInterface } from 'node:readline';
import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';

export default defineCommand<{ username?: string; password?: string; passwordStdin?: boolean }>({
  configure(command) {
    command
      .argument('[registry]', 'host of the registry', 'docker.io')
      .option('-u, --username <name>', 'user name')
      .option('-p, --password <password>', 'password; better given on standard input, where nobody can see it')
      .option('--password-stdin', 'read the password from standard input')
      .addHelpText('after', "\nCredentials go where docker's configuration says: a helper program, or ~/.docker/config.json.\n\nExample:\n  caisson login -u me --password-stdin ghcr.io < token\n");
  },
  async run(cli, [host = 'docker.io'], flags) {
    if (flags.password !== undefined && flags.passwordStdin) throw new CaissonError('invalid-argument', '--password and --password-stdin exclude each other');
    if (flags.passwordStdin && flags.username === undefined) throw new CaissonError('invalid-argument', '--password-stdin needs --username');
    const [{ login }, { registrySettings }] = await Promise.all([import('@caisson/registry-client'), import('../engine/registry-settings.js')]);
    const username = flags.username ?? (await ask('Username: '));
    const password = flags.passwordStdin ? await readAll() : (flags.password ?? (await ask('Password: ', true)));
    if (username === '' || password === '') throw new CaissonError('invalid-argument', 'user name and password must not be empty');
    // It tries them before it keeps them: wrong ones must not replace right ones.
    const { where } = await login(host, { username, password }, { ...registrySettings(), signal: cli.signal });
    cli.print(`Logged in to ${host} as ${username}; the credentials are in ${where}`);
  },
});

async function readAll(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8').replace(/\r?\n$/, '');
}

function ask(prompt: string, hidden = false): Promise<string> {
  if (!process.stdin.isTTY) throw new CaissonError('invalid-argument', 'nobody is here to be asked', { hint: 'use --username and --password-stdin' });
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    lines.question(prompt, (answer) => {
      lines.close();
      if (hidden) process.stderr.write('\n');
      resolve(answer.trim());
    });
    // readline echoes what is typed by writing to its output: from here on it writes nothing.
    if (hidden) (lines as unknown as { _writeToOutput: () => void })._writeToOutput = () => {};
  });
}
