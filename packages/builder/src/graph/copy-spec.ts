import { posix } from 'node:path';
import { CaissonError, rawPath } from '@caisson/core';
import { parseChmod, type AddInstruction, type CopyInstruction, type StageScope } from '@caisson/dockerfile';
import type { ImageDraft } from '../config/image-draft.js';
import { compileIgnore } from '../context/read-ignore-file.js';
import type { CopySpec, CopySpecSource } from '../steps/copy-step.js';
import { contextPath, layerDestination } from '../windows/paths.js';

/** A COPY with everything expanded, and what the history says of it. */
export async function copySpec(draft: ImageDraft, scope: StageScope, copy: CopyInstruction | AddInstruction, sources: (paths: readonly string[]) => Promise<readonly CopySpecSource[]>): Promise<{ spec: CopySpec; createdBy: string }> {
  const paths = copy.sources.map((arg) => scope.expand(arg));
  const windows = draft.platform.os === 'windows';
  const destination = windows ? contextPath(scope.expand(copy.destination)) : scope.expand(copy.destination);
  const chown = flag(scope, copy.chown);
  const chmod = flag(scope, copy.chmod);
  const patterns = copy.exclude.map((one) => flag(scope, one) ?? '');
  const inline = copy.files.map((file) => ({ name: rawPath(file.name), bytes: Buffer.from(scope.expandFile(file)) }));
  if (paths.length + inline.length > 1 && !destination.endsWith('/') && !/(?:^|\/)\.{1,2}$/.test(destination))
    throw new CaissonError('invalid-content', `${copy.name} of several sources needs a destination that ends in a slash`, { hint: `write ${destination}/` });
  const spec: CopySpec = {
    sources: await sources(paths),
    inline,
    destination: windows ? layerDestination(draft.config.WorkingDir, destination) : absolute(draft.config.WorkingDir, destination),
    chown,
    chmod: chmod === undefined ? undefined : { text: chmod, change: parseChmod(chmod) },
    link: copy.link,
    parents: copy.kind === 'copy' && copy.parents,
    exclude: patterns.length > 0 ? { patterns, filter: compileIgnore(patterns) } : undefined,
  };
  const flags = copy.kind === 'copy' && copy.from?.value ? [`--from=${copy.from.value}`] : [];
  if (chown !== undefined) flags.push(`--chown=${chown}`);
  if (chmod !== undefined) flags.push(`--chmod=${chmod}`);
  if (copy.link) flags.push('--link');
  const words = [...flags, ...paths, ...copy.files.map((file) => `<<${file.name}`), destination];
  return { spec, createdBy: `${copy.name} ${words.join(' ')} # buildkit` };
}

/** Against the working directory; a slash, `.` or `..` at the end says that it is a folder. */
function absolute(workdir: string | undefined, destination: string): string {
  const resolved = posix.resolve('/', workdir ?? '/', destination);
  return resolved !== '/' && /(?:\/|(?:^|\/)\.{1,2})$/.test(destination) ? `${resolved}/` : resolved;
}

function flag(scope: StageScope, one: { value?: string; valueRange?: CopyInstruction['range'] } | undefined): string | undefined {
  return one?.value === undefined ? undefined : scope.expand(one.value, one.valueRange);
}
