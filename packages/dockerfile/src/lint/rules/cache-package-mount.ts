import { mentions, subcommand, type ShellCommand } from '../shell/command.js';
import { packageCall } from '../shell/packages.js';
import { rule } from '../rule.js';

function cacheFolder(command: ShellCommand): string | undefined {
  switch (command.name) {
    case 'go':
      return subcommand(command, 'build') || (subcommand(command, 'mod') && mentions(command, 'download')) ? '/go/pkg/mod' : undefined;
    case 'npm':
      return packageCall(command)?.action === 'ci' ? '/root/.npm' : undefined;
    case 'pnpm':
      return packageCall(command)?.action === 'install' ? '/root/.local/share/pnpm/store' : undefined;
    case 'cargo':
      return subcommand(command, 'build') ? '/usr/local/cargo/registry' : undefined;
    case 'mvn':
      return '/root/.m2';
    case 'gradle':
    case 'gradlew':
      return '/root/.gradle';
    case 'dotnet':
      return subcommand(command, 'restore') ? '/root/.nuget/packages' : undefined;
    default:
      return undefined;
  }
}

export default rule({
  code: 'cache/package-mount',
  severity: 'style',
  title: 'A cache mount would keep downloads between builds',
  why: 'When the manifest changes by one line, all packages are downloaded again; a cache mount keeps them outside the image.',
  bad: 'FROM golang:1.24\nCOPY go.mod go.sum ./\nRUN go mod download\n',
  good: 'FROM golang:1.24\nCOPY go.mod go.sum ./\nRUN --mount=type=cache,target=/go/pkg/mod go mod download\n',
  commands: ['go', 'npm', 'pnpm', 'cargo', 'mvn', 'gradle', 'gradlew', 'dotnet'],
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
