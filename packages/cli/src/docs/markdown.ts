import type { DescribedCommand } from './reference.js';

/** The reference as files of markdown, by name: one for each command or group, and the table of them all. */
export function markdownFiles(program: DescribedCommand, commands: readonly DescribedCommand[], groups: Readonly<Record<string, string>>): Map<string, string> {
  const files = new Map<string, string>();
  const single = commands.filter(({ path }) => !path.includes(' '));
  files.set(
    'README.md',
    [
      '# The command line',
      '',
      'Generated from the commands themselves (`caisson docs --output docs/cli`). `caisson COMMAND --help` prints the same.',
      '',
      ...section(program),
      '## Commands',
      '',
      ...single.map(({ path, summary }) => `- [${path}](${path}.md): ${summary}`),
      '',
      '## Groups',
      '',
      ...Object.entries(groups).map(([name, summary]) => `- [${name}](${name}.md): ${summary}`),
      '',
    ].join('\n'),
  );
  for (const command of single) files.set(`${command.path}.md`, `${[`# caisson ${command.path}`, '', ...section(command)].join('\n').trimEnd()}\n`);
  for (const [name, summary] of Object.entries(groups)) {
    const members = commands.filter(({ path }) => path.startsWith(`${name} `));
    const all = members.flatMap((member) => [`## caisson ${member.path}`, '', ...section(member)]);
    const before = files.get(`${name}.md`);
    files.set(`${name}.md`, `${[...(before === undefined ? [`# caisson ${name}`, '', `${summary}.`] : [before.trimEnd()]), '', ...all].join('\n').trimEnd()}\n`);
  }
  return files;
}

function section({ description, usage, aliases, args, options, notes }: DescribedCommand): string[] {
  return [
    description,
    '',
    '```',
    usage,
    '```',
    '',
    ...(aliases.length > 0 ? [`Also: ${aliases.map((alias) => `\`${alias}\``).join(', ')}`, ''] : []),
    ...(args.some((argument) => argument.description !== '') ? [...rows('Argument', args.map(({ name, description: text }) => [name, text])), ''] : []),
    ...(options.length > 0 ? [...rows('Option', options.map(({ flags, description: text }) => [flags, text])), ''] : []),
    ...(notes === '' ? [] : [...notesLines(notes), '']),
  ];
}

function rows(title: string, pairs: readonly (readonly [string, string])[]): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [`| ${title} | |`, '|---|---|', ...pairs.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text).replaceAll('<', '&lt;')} |`)];
}

/** Examples are indented in the help: they become a block of code. */
function notesLines(notes: string): string[] {
  const lines: string[] = [];
  let inside = false;
  for (const line of notes.split('\n')) {
    const code = line.startsWith('  ');
    if (code !== inside) lines.push(...(code ? ['', '```'] : ['```', '']));
    inside = code;
    lines.push(code ? line.slice(2) : line);
  }
  return [...lines, ...(inside ? ['```'] : [])].filter((line, place, all) => line !== '' || all[place - 1] !== '');
}
