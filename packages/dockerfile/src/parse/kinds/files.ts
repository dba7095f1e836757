import type { Arg, Flag } from '../../ast.js';
import type { AddInstruction, CopyInstruction, InlineFile, Instruction } from '../../instructions.js';
import { parseChmod } from '../../values/chmod.js';
import { checkValue, isSet, readFlags, report, type Head, type Writable } from '../head.js';
import { chompHeredoc, parseHeredocWord } from '../heredoc.js';

interface Paths {
  readonly sources: Arg[];
  readonly files: InlineFile[];
  readonly destination: Arg;
}

function readPaths(head: Head): Paths | undefined {
  const { args, json, name } = head.base;
  if (args.length < 2)
    return report(
      head,
      'arguments',
      args.length === 0 ? `${name} requires at least two arguments` : `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
      args[0]?.range,
      `write ${name} source… destination`,
    );
  const destination = args[args.length - 1];
  if (destination === undefined) return undefined;
  if (!json && parseHeredocWord(destination.value)) return report(head, 'heredoc', `${name} cannot accept a heredoc as a destination`, destination.range, 'put the destination last');
  const sources: Arg[] = [];
  const files: InlineFile[] = [];
  for (const arg of args.slice(0, -1)) {
    const word = json ? undefined : parseHeredocWord(arg.value);
    const heredoc = word && head.heredocs.findLast((one) => one.name === word.name);
    if (!word) sources.push(arg);
    else if (heredoc) files.push({ name: word.name, content: word.chomp ? chompHeredoc(heredoc.content) : heredoc.content, expand: word.expand, heredoc });
  }
  return { sources, files, destination };
}

function setOwner(file: Writable<AddInstruction | CopyInstruction>, head: Head, flags: ReadonlyMap<string, Flag[]>): void {
  const chown = flags.get('chown')?.[0];
  const chmod = flags.get('chmod')?.[0];
  if (chown) file.chown = chown;
  if (!chmod) return;
  file.chmod = chmod;
  if (chmod.value !== undefined && !chmod.value.includes('$')) checkValue(head, chmod, parseChmod);
}

export function readCopy(head: Head): Instruction | undefined {
  const flags = readFlags(head, { from: 'string', chown: 'string', chmod: 'string', link: 'bool', parents: 'bool', exclude: 'strings' });
  const paths = readPaths(head);
  if (!paths) return undefined;
  const from = flags.get('from')?.[0];
  if (from?.value !== undefined && /\$./.test(from.value))
    report(head, 'flag-value', 'variable expansion is not supported for --from', from.valueRange ?? from.range, 'name a stage with FROM $IMAGE AS name above and use --from=name');
  const { sources, files, destination } = paths;
  const copy: Writable<CopyInstruction> = { ...head.base, kind: 'copy', sources, files, destination, link: isSet(flags, 'link'), exclude: flags.get('exclude') ?? [], parents: isSet(flags, 'parents') };
  setOwner(copy, head, flags);
  if (from) copy.from = from;
  return copy;
}

export function readAdd(head: Head): Instruction | undefined {
  const flags = readFlags(head, { chown: 'string', chmod: 'string', link: 'bool', 'keep-git-dir': 'bool', checksum: 'string', unpack: 'bool', exclude: 'strings' });
  const paths = readPaths(head);
  if (!paths) return undefined;
  const checksum = flags.get('checksum')?.[0];
  if (checksum && paths.sources.length + paths.files.length !== 1)
    report(head, 'flag-value', 'checksum can\'t be specified for multiple sources', checksum.range, 'write one ADD for each source');
  const { sources, files, destination } = paths;
  const add: Writable<AddInstruction> = { ...head.base, kind: 'add', sources, files, destination, link: isSet(flags, 'link'), exclude: flags.get('exclude') ?? [], keepGitDir: isSet(flags, 'keep-git-dir') };
  setOwner(add, head, flags);
  if (checksum) add.checksum = checksum;
  if (flags.has('unpack')) add.unpack = isSet(flags, 'unpack');
  return add;
}
