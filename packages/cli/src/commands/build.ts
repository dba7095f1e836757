import { statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CaissonError, fromSystemError, type BuildOutput, type BuildRequest, type BuildResult } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { addBuildFlags, buildRequest, type BuildFlags } from '../flags/build.js';
import { addLegacyBuildFlags } from '../flags/build-legacy.js';
import { showBuild } from '../output/build-progress.js';

export default defineCommand<BuildFlags>({
  configure: (command) => void addLegacyBuildFlags(addBuildFlags(command)),
  async run(cli, [path = '.'], flags) {
    if (flags.quiet && flags.debug) throw new CaissonError('invalid-argument', '--quiet and --debug exclude each other');
    const request = buildRequest(path, flags);
    for (const path of [flags.iidfile, flags.metadataFile]) if (path !== undefined) checkPlace(path);
    if ((request.outputs ?? []).filter(toStdout).length > 1) throw new CaissonError('invalid-argument', '--output: only one result can go to standard output', { hint: 'name files for the others with dest=PATH' });
    const call = flags.check ? 'check' : (flags.call ?? 'build');
    if (call !== 'build') return (await import('../build/call.js')).callBuild(cli, request, call);
    if (flags.debug) {
      const { debugShell } = await import('../build/debug-shell.js');
      return build(cli, { ...request, debug: debugShell(cli) }, { ...flags, progress: flags.progress === 'auto' ? 'plain' : flags.progress }, cli.signal);
    }
    if (flags.watch) return (await import('../build/watch.js')).watchBuild(cli, request, (signal) => build(cli, request, flags, signal));
    return build(cli, request, flags, cli.signal);
  },
});

/** Said before the build, which may take long. */
function checkPlace(path: string): void {
  if (!statSync(dirname(resolve(path)), { throwIfNoEntry: false })?.isDirectory()) throw new CaissonError('not-found', `there is no folder ${dirname(path)} to write ${path} into`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new CaissonError('invalid-argument', `${path} is a folder, and not a file to write to`);
}

const toStdout = (output: BuildOutput): boolean => 'destination' in output && typeof output.destination === 'function';

async function build(cli: Cli, request: BuildRequest, flags: BuildFlags, signal: AbortSignal): Promise<void> {
  if (flags.push && !flags.tag?.length) throw new CaissonError('invalid-argument', '--push needs a name for the image', { hint: 'give it one with -t' });
  const result = await showBuild(cli.engine.build(request, { signal }), { kind: flags.quiet ? 'quiet' : flags.progress, explain: flags.explain ?? false });
  if (flags.iidfile !== undefined) writeResult(flags.iidfile, result.imageId);
  const pushed = result.pushed?.map(({ root }) => root.digest) ?? [];
  if (flags.push) for (const tag of flags.tag ?? []) pushed.push(await cli.engine.images.push(tag, { signal }));
  if (flags.metadataFile !== undefined) writeResult(flags.metadataFile, `${JSON.stringify(metadata(request, result, pushed[0]), null, 2)}\n`);
  // An archive on standard output has it to itself.
  const taken = request.outputs?.some(toStdout) ?? false;
  if (flags.quiet && !taken) cli.print(result.imageId);
  else if (!flags.quiet) process.stderr.write(`${flags.tag?.length ? `Built ${flags.tag.join(', ')}` : 'Built'}: ${result.imageId}\n`);
}

function writeResult(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw fromSystemError(error, `writing ${path}`);
  }
}

/** What was pushed has the digest that it has in the registry, where its layers are compressed. */
function metadata(request: BuildRequest, { imageId, root, pushed = [] }: BuildResult, digest = root.digest) {
  const descriptor = [...pushed.map((one) => one.root), root].find((one) => one.digest === digest);
  const names = [...(request.tags ?? []), ...(request.outputs ?? []).flatMap((output) => (output.type === 'image' ? (output.names ?? []) : []))];
  return {
    'containerimage.config.digest': imageId,
    'containerimage.digest': digest,
    ...(descriptor ? { 'containerimage.descriptor': descriptor } : {}),
    ...(names.length > 0 ? { 'image.name': names.map(({ domain, path, tag }) => `${domain}/${path}:${tag}`).join(',') } : {}),
  };
}
