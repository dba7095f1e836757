import { installs, packageCall } from '../shell/packages.js';
import { rule } from '../rule.js';

const tools = /^(?:build-essential|build-base|gcc(?:-\d+)?|g\+\+(?:-\d+)?|gcc-c\+\+|clang(?:-\d+)?|rustc?|cargo|golang(?:-go)?|openjdk-\d+-jdk(?:-headless)?|maven|gradle|cmake|.+-dev|.+-devel)$/;

const removals: ReadonlySet<string> = new Set(['purge', 'remove', 'autoremove', 'del', 'erase']);

export default rule({
  code: 'size/build-tools',
  severity: 'info',
  title: 'Compilers stay in the final image',
  why: 'A stage for the build and a small one that copies its result leave hundreds of megabytes behind, and with them much that an attacker could use.',
  bad: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends build-essential=12.9 && rm -rf /var/lib/apt/lists/*\nCOPY . /src\nRUN make -C /src\n',
  good: 'FROM debian:12 AS build\nRUN apt-get update && apt-get install -y --no-install-recommends build-essential=12.9\nCOPY . /src\nRUN make -C /src\nFROM debian:12-slim\nCOPY --from=build /src/app /usr/bin/app\n',
  commands: ['apt-get', 'apt', 'apk', 'yum', 'dnf', 'dnf5', 'microdnf', 'zypper'],
  check(context) {
    const [stage] = context.stages;
    if (context.stages.length !== 1 || !stage?.from) return;
    const runs = context.runs();
    for (const run of runs) {
      for (const command of run.commands) {
        const call = installs(command, 'apt', 'apk', 'yum', 'dnf', 'zypper');
        const tool = call?.packages.find(({ value }) => tools.test(value.replace(/[=<>~].*$/, '')));
        if (!call || !tool) continue;
        // In a RUN that removes packages these may be among them.
        if (run.commands.some((other) => removals.has(packageCall(other)?.action ?? ''))) break;
        context.report(tool.range, { message: `${tool.value.replace(/[=<>~].*$/, '')} stays in the final image`, hint: 'build in a stage of its own and COPY --from it' });
        return;
      }
    }
  },
});
