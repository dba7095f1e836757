import { mentions, operands, type ShellCommand } from '../shell/command.js';
import { packageCall } from '../shell/packages.js';
import { unquote } from './support.js';
import { rule } from '../rule.js';

/** What to copy first, for an install step that reads the project's manifest. */
function manifest(command: ShellCommand): string | undefined {
  const call = packageCall(command);
  const first = operands(command)[0]?.value;
  if (call?.manager === 'npm' && (call.action === 'ci' || (['install', 'i', 'clean-install'].includes(call.action) && call.packages.length === 0))) return 'package.json and package-lock.json';
  if (call?.manager === 'yarn' && (call.action === 'install' || (call.action === '' && command.args.every((arg) => /^--(?:frozen|prod|immutable)/.test(arg.value))))) return 'package.json and yarn.lock';
  if (call?.manager === 'pnpm' && (call.action === 'install' || call.action === 'i') && call.packages.length === 0) return 'package.json and pnpm-lock.yaml';
  if (call?.manager === 'pip' && call.command.args.some((arg) => /^(?:-r|--requirement)/.test(arg.value))) return 'requirements.txt';
  if (command.name === 'poetry' && first === 'install') return 'pyproject.toml and poetry.lock';
  if (command.name === 'uv' && first === 'sync') return 'pyproject.toml and uv.lock';
  if (command.name === 'go' && first === 'mod' && mentions(command, 'download')) return 'go.mod and go.sum';
  if (command.name === 'bundle' && first === 'install') return 'Gemfile and Gemfile.lock';
  if (command.name === 'composer' && first === 'install') return 'composer.json and composer.lock';
  if (command.name === 'cargo' && first === 'fetch') return 'Cargo.toml and Cargo.lock';
  if (command.name === 'dotnet' && first === 'restore') return 'the project files';
  return undefined;
}

export default rule({
  code: 'cache/copy-before-install',
  severity: 'warning',
  title: 'Everything is copied before the dependencies are installed',
  why: 'Any change to any file makes the install step run again; with only the manifest copied first it is taken from the cache.',
  bad: 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n',
  good: 'FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n',
  instructions: ['copy'],
  check(context) {
    for (const stage of context.stages) {
      const whole = stage.of('copy').find((copy) => !copy.from && copy.sources.some(({ value }) => /^(?:\.\/?|\/|\*)$/.test(unquote(value))));
      if (!whole) continue;
      for (const run of context.runsIn(stage)) {
        if (run.run.range.start.offset < whole.range.start.offset) continue;
        const step = run.commands.map((command) => ({ command, files: manifest(command) })).find(({ files }) => files !== undefined);
        if (!step) continue;
        const text = [step.command.name, ...operands(step.command).slice(0, 1).map((word) => word.value)].join(' ');
        context.report(whole.range, { message: `Any change in the context runs \`${text}\` (line ${step.command.range.start.line}) again`, hint: `copy ${step.files ?? ''} first, install, then copy the rest` });
        break;
      }
    }
  },
});
