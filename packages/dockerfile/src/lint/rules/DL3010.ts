import { baseName, isArchive } from './support.js';
import { rule } from '../rule.js';

const unpackers = new Set(['unzip', 'gunzip', 'bunzip2', 'unlzma', 'unxz', 'uncompress', 'zcat', 'gzcat']);

export default rule({
  code: 'DL3010',
  severity: 'info',
  title: 'Use ADD to unpack a local archive into the image',
  why: 'COPY keeps the archive as a layer, and the unpacked files come on top of it.',
  bad: 'FROM alpine:3.20\nCOPY rootfs.tar.xz /tmp/\nRUN tar -xJf /tmp/rootfs.tar.xz -C /\n',
  good: 'FROM alpine:3.20\nADD rootfs.tar.xz /\n',
  check(context) {
    for (const stage of context.stages) {
      const runs = context.runs().filter((run) => run.stage === stage);
      for (const copy of context.in(stage, 'copy')) {
        if (copy.from) continue;
        const names = isArchive(copy.destination.value) ? [copy.destination.value] : copy.sources.map((source) => source.value).filter(isArchive);
        const unpacked = runs.some((run) =>
          run.run.range.start.offset > copy.range.start.offset &&
          run.commands.some((command) => {
            const extracts = unpackers.has(command.name) || (command.name === 'tar' && command.args.some(({ value }, index) => /^--(?:extract|get)$/.test(value) || /^-[a-z]*x/i.test(value) || (index === 0 && /^[a-zA-Z]*x[a-zA-Z]*$/.test(value))));
            return extracts && command.args.some((arg) => names.some((name) => baseName(name) === baseName(arg.value)));
          }),
        );
        if (unpacked) context.report(copy.range);
      }
    }
  },
});
