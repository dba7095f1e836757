import type { AddInstruction, CopyInstruction } from '../../instructions.js';
import { mentions, operands, subcommand, type ShellCommand } from '../shell/command.js';
import { packageCall } from '../shell/packages.js';
import { unquote } from './support.js';
import { rule } from '../rule.js';

/** Tools with one command that reads their manifest. */
const manifests: ReadonlyMap<string, { readonly action: string; readonly files: string }> = new Map([
  ['poetry', { action: 'install', files: 'pyproject.toml and poetry.lock' }],
  ['uv', { action: 'sync', files: 'pyproject.toml and uv.lock' }],
  ['bundle', { action: 'install', files: 'Gemfile and Gemfile.lock' }],
  ['composer', { action: 'install', files: 'composer.json and composer.lock' }],
  ['cargo', { action: 'fetch', files: 'Cargo.toml and Cargo.lock' }],
  ['dotnet', { action: 'restore', files: 'the project files' }],
]);

/** What to copy first, for an install step that reads the project's manifest. */
function manifest(command: ShellCommand): string | undefined {
  const call = packageCall(command);
  switch (call?.manager ?? command.name) {
    case 'npm':
      return call?.action === 'ci' || (call?.packages.length === 0 && ['install', 'i', 'clean-install'].includes(call.action)) ? 'package.json and package-lock.json' : undefined;
    case 'yarn':
      return call?.action === 'install' || (call?.action === '' && command.args.every((arg) => /^--(?:frozen|prod|immutable)/.test(arg.value))) ? 'package.json and yarn.lock' : undefined;
    case 'pnpm':
      return call?.packages.length === 0 && ['install', 'i'].includes(call.action) ? 'package.json and pnpm-lock.yaml' : undefined;
    case 'pip':
      return call?.command.args.some((arg) => /^(?:-r|--requirement)/.test(arg.value)) ? 'requirements.txt' : undefined;
    case 'go':
      return subcommand(command, 'mod') && mentions(command, 'download') ? 'go.mod and go.sum' : undefined;
    default: {
      const own = manifests.get(command.name);
      return own && subcommand(command, own.action) ? own.files : undefined;
    }
  }
}

export default rule({
  code: 'cache/copy-before-install',
  severity: 'warning',
  title: 'Everything is copied before the dependencies are installed',
  why: 'Any change to any file makes the install step run again; with only the manifest copied first it is taken from the cache.',
  bad: 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n',
  good: 'FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n',
  instructions: ['copy', 'add'],
  commands: ['npm', 'yarn', 'pnpm', 'pip', 'go', ...manifests.keys()],
  check(context) {
    for (const stage of context.stages) {
      const whole = stage.instructions.find((copy): copy is CopyInstruction | AddInstruction => (copy.kind === 'add' || (copy.kind === 'copy' && !copy.from)) && copy.sources.some(({ value }) => /^(?:\.\/?|\/|\*)$/.test(unquote(value))));
      if (!whole) continue;
      for (const run of context.runsIn(stage)) {
        if (run.run.range.start.offset < whole.range.start.offset) continue;
        const command = run.commands.find((one) => manifest(one) !== undefined);
        if (!command) continue;
        const text = [command.name, ...operands(command).slice(0, 1).map((word) => word.value)].join(' ');
        context.report(whole.range, { message: `Any change in the context runs \`${text}\` (line ${command.range.start.line}) again`, hint: `copy ${manifest(command) ?? ''} first, install, then copy the rest` });
        break;
      }
    }
  },
});
