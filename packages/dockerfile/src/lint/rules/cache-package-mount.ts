import { mentions, operands, type ShellCommand } from '../shell/command.js';
import { packageCall } from '../shell/packages.js';
import { rule } from '../rule.js';

function cacheFolder(command: ShellCommand): string | undefined {
  const call = packageCall(command);
  const first = operands(command)[0]?.value;
  if (command.name === 'go' && ((first === 'mod' && mentions(command, 'download')) || first === 'build')) return '/go/pkg/mod';
  if (call?.manager === 'npm' && call.action === 'ci') return '/root/.npm';
  if (call?.manager === 'pnpm' && call.action === 'install') return '/root/.local/share/pnpm/store';
  if (command.name === 'cargo' && first === 'build') return '/usr/local/cargo/registry';
  if (command.name === 'mvn') return '/root/.m2';
  if (/^gradlew?$/.test(command.name)) return '/root/.gradle';
  if (command.name === 'dotnet' && first === 'restore') return '/root/.nuget/packages';
  return undefined;
}

export default rule({
  code: 'cache/package-mount',
  severity: 'style',
  title: 'A cache mount would keep downloads between builds',
  why: 'When the manifest changes by one line, all packages are downloaded again; a cache mount keeps them outside the image.',
  bad: 'FROM golang:1.24\nCOPY go.mod go.sum ./\nRUN go mod download\n',
  good: 'FROM golang:1.24\nCOPY go.mod go.sum ./\nRUN --mount=type=cache,target=/go/pkg/mod go mod download\n',
  check(context) {
    for (const run of context.runs()) {
      if (run.run.mounts.some(({ flag }) => /type=(?:cache|tmpfs)/.test(flag.value ?? ''))) continue;
      for (const command of run.commands) {
        const folder = cacheFolder(command);
        if (folder === undefined) continue;
        context.report(command.range, { message: `\`${command.name}\` downloads again what it had in the last build`, hint: `RUN --mount=type=cache,target=${folder} …` });
        break;
      }
    }
  },
});
