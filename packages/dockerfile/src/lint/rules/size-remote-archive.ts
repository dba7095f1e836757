import { baseName, isArchive, unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'size/remote-archive',
  severity: 'info',
  title: 'An archive from a URL is stored as it is',
  why: 'ADD does not unpack what it downloads, so that the archive stays in its layer when a RUN unpacks it; --unpack does both at once.',
  bad: 'FROM debian:12\nADD https://example.com/tool.tar.gz /tmp/tool.tar.gz\nRUN tar -xzf /tmp/tool.tar.gz -C /opt\n',
  good: 'FROM debian:12\nADD --unpack=true https://example.com/tool.tar.gz /opt/\n',
  instructions: ['add'],
  check(context) {
    for (const stage of context.stages) {
      let unpacked: ReadonlySet<string> | undefined;
      for (const add of stage.of('add')) {
        const source = add.sources.map(({ value }) => unquote(value)).find((value) => /^https?:/.test(value) && isArchive(value.replace(/[?#].*$/, '')));
        if (source === undefined || add.unpack) continue;
        const target = unquote(add.destination.value);
        const name = target.endsWith('/') ? baseName(source.replace(/[?#].*$/, '')) : baseName(target);
        unpacked ??= new Set(context.runsIn(stage).flatMap((run) => run.commands.filter((command) => /^(?:tar|unzip)$/.test(command.name)).flatMap(({ args }) => args.map((arg) => baseName(arg.value)))));
        if (unpacked.has(name)) context.report(add.range, { message: `${name} stays in this layer after a RUN has unpacked it`, hint: 'use ADD --unpack=true, or download and unpack in one RUN' });
      }
    }
  },
});
