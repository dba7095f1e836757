import type { ShellCommand } from '../shell/command.js';
import { baseName, isArchive } from './support.js';
import { rule } from '../rule.js';

const unpackers = new Set(['unzip', 'gunzip', 'bunzip2', 'unlzma', 'unxz', 'uncompress', 'zcat', 'gzcat']);

function extracts(command: ShellCommand): boolean {
  if (command.name !== 'tar') return unpackers.has(command.name);
  return command.args.some(({ value }, index) => /^--(?:extract|get)$/.test(value) || /^-[a-z]*x/i.test(value) || (index === 0 && /^[a-zA-Z]*x[a-zA-Z]*$/.test(value)));
}

export default rule({
  code: 'DL3010',
  severity: 'info',
  title: 'Use ADD to unpack a local archive into the image',
  why: 'COPY keeps the archive as a layer, and the unpacked files come on top of it.',
  bad: 'FROM alpine:3.20\nCOPY rootfs.tar.xz /tmp/\nRUN tar -xJf /tmp/rootfs.tar.xz -C /\n',
  good: 'FROM alpine:3.20\nADD rootfs.tar.xz /\n',
  instructions: ['copy'],
  check(context) {
    for (const stage of context.stages) {
      const copied = stage.of('copy').filter((copy) => !copy.from && (isArchive(copy.destination.value) || copy.sources.some(({ value }) => isArchive(value))));
      if (copied.length === 0) continue;
      /** Where each archive is last unpacked. */
      const unpacked = new Map<string, number>();
      for (const run of context.runsIn(stage))
        for (const command of run.commands) if (extracts(command)) for (const arg of command.args) unpacked.set(baseName(arg.value), run.run.range.start.offset);
      for (const copy of copied) {
        const names = isArchive(copy.destination.value) ? [copy.destination.value] : copy.sources.map((source) => source.value).filter(isArchive);
        if (names.some((name) => (unpacked.get(baseName(name)) ?? -1) > copy.range.start.offset)) context.report(copy.range);
      }
    }
  },
});
