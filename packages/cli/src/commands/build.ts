import { readFileSync, writeFileSync } from 'node:fs';
import { CaissonError, parsePlatform, parseReference, withDefaultTag, type BuildContext, type BuildRequest, type DockerfileSource } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { pairs } from '../flags/values.js';
import { parseCache, parseOutput, parseProvenance } from '../flags/build-outputs.js';
import { parseSize } from '../output/units.js';
import { showBuild } from '../output/build-progress.js';

interface BuildFlags {
  readonly allow?: string[];
  readonly addHost?: string[];
  readonly buildArg?: string[];
  readonly buildContext?: string[];
  readonly explain?: boolean;
  readonly file?: string;
  readonly annotation?: string[];
  readonly cacheFrom?: string[];
  readonly cacheTo?: string[];
  readonly output?: string[];
  readonly provenance?: string | boolean;
  readonly sbom?: boolean;
  readonly ssh?: string[];
  readonly iidfile?: string;
  readonly label?: string[];
  readonly metadataFile?: string;
  readonly network?: string;
  readonly cache: boolean;
  readonly noCacheFilter?: string[];
  readonly platform?: string;
  readonly progress: string;
  readonly pull?: boolean;
  readonly push?: boolean;
  readonly quiet?: boolean;
  readonly secret?: string[];
  readonly shmSize?: string;
  readonly squash?: boolean;
  readonly tag?: string[];
  readonly target?: string;
}

export default defineCommand<BuildFlags>({
  configure(command) {
    command
      .argument('<context>', 'folder that COPY reads from; a git or http URL; - for a tar or a Dockerfile on standard input')
      .option('-t, --tag <name[:tag]>', 'name for the image', collect)
      .option('-f, --file <file>', 'Dockerfile (default: Dockerfile in the context); - for standard input')
      .option('--target <stage>', 'stage to build (default: the last)')
      .option('--build-arg <name=value>', 'value for an ARG; NAME alone passes on your own', collect)
      .option('--build-context <name=source>', 'another context for COPY --from and FROM', collect)
      .option('--label <name=value>', 'label the image', collect)
      .option('--platform <os/arch,…>', 'platforms to build for')
      .option('--no-cache', 'take nothing from the cache')
      .option('--no-cache-filter <stage>', 'take nothing from the cache for this stage', collect)
      .option('-o, --output <dest>', 'write the result elsewhere: a folder, or type=oci|docker|tar|local|registry,dest=…', collect)
      .option('--cache-from <source>', 'take cached steps from a registry or folder: NAME or type=local,src=…', collect)
      .option('--cache-to <destination>', 'share cached steps: type=registry,ref=…, type=local,dest=…, type=inline', collect)
      .option('--annotation <name=value>', 'annotate the manifest', collect)
      .option('--provenance [mode]', 'attach how it was built: min or max')
      .option('--sbom', 'attach what is in it')
      .option('--ssh <id=socket>', 'agent for RUN --mount=type=ssh (default: SSH_AUTH_SOCK)', collect)
      .option('--pull', 'ask the registry for newer bases')
      .option('--push', 'push the image when it is built')
      .option('--secret <id=…,src=…>', 'file or variable for RUN --mount=type=secret', collect)
      .option('--network <mode>', 'network of RUN: default, none or host')
      .option('--add-host <name:address>', 'add a line to /etc/hosts in RUN', collect)
      .option('--allow <entitlement>', 'network.host, security.insecure or device', collect)
      .option('--shm-size <size>', 'size of /dev/shm in RUN')
      .option('--squash', 'join the layers of the build into one')
      .option('--iidfile <file>', "write the image's ID into a file")
      .option('--metadata-file <file>', 'write what was built into a file, as JSON')
      .option('--progress <kind>', 'auto, tty, plain, rawjson or quiet', 'auto')
      .option('--explain', 'say for each step why it was or was not taken from the cache')
      .option('-q, --quiet', "only print the image's ID")
      .addHelpText('after', '\nExamples:\n  caisson build -t app .\n  caisson build -t app --target test --build-arg VERSION=1.2 -f deploy/Dockerfile .\n');
  },
  async run(cli, [path = '.'], flags) {
    const request = buildRequest(path, flags);
    const result = await showBuild(cli.engine.build(request, { signal: cli.signal }), { kind: flags.quiet ? 'quiet' : flags.progress, explain: flags.explain ?? false });
    if (flags.iidfile !== undefined) writeFileSync(flags.iidfile, result.imageId);
    if (flags.metadataFile !== undefined) writeFileSync(flags.metadataFile, `${JSON.stringify(metadata(request, result), null, 2)}\n`);
    if (flags.push) for (const tag of flags.tag ?? []) await cli.engine.images.push(tag, { signal: cli.signal });
    if (flags.quiet) cli.print(result.imageId);
    else process.stderr.write(`${flags.tag?.length ? `Built ${flags.tag.join(', ')}` : 'Built'}: ${result.imageId}\n`);
  },
});

function buildRequest(path: string, flags: BuildFlags): BuildRequest {
  if (path === '-' && flags.file === '-') throw new CaissonError('invalid-argument', 'context and Dockerfile cannot both come from standard input');
  return {
    context: buildContext(path),
    ...(flags.file === undefined ? {} : { dockerfile: dockerfileSource(flags.file) }),
    ...(flags.target === undefined ? {} : { target: flags.target }),
    buildArgs: buildArgs(flags.buildArg ?? []),
    tags: (flags.tag ?? []).map((tag) => withDefaultTag(parseReference(tag))),
    labels: pairs(flags.label ?? []),
    namedContexts: pairs(flags.buildContext ?? []),
    noCache: !flags.cache,
    noCacheStages: flags.noCacheFilter ?? [],
    ...(flags.platform === undefined ? {} : { platforms: flags.platform.split(',').map(parsePlatform) }),
    ...(flags.pull ? { pull: true } : {}),
    secrets: (flags.secret ?? []).map(parseSecret),
    ...(flags.network === undefined ? {} : { network: networkMode(flags.network) }),
    allow: flags.allow ?? [],
    extraHosts: (flags.addHost ?? []).map(parseHost),
    ...(flags.shmSize === undefined ? {} : { shmSize: parseSize(flags.shmSize, '--shm-size') }),
    ...(flags.squash ? { squash: true } : {}),
    ...(flags.annotation ? { annotations: pairs(flags.annotation) } : {}),
    ...(flags.output ? { outputs: flags.output.map(parseOutput) } : {}),
    ...(flags.cacheFrom ? { cacheFrom: flags.cacheFrom.map((text) => parseCache('--cache-from', text)) } : {}),
    ...(flags.cacheTo ? { cacheTo: flags.cacheTo.map((text) => parseCache('--cache-to', text)) } : {}),
    ...provenance(flags.provenance),
    ...(flags.sbom ? { sbom: true } : {}),
    ...(flags.ssh ? { ssh: sshAgents(flags.ssh) } : {}),
  };
}

function provenance(value: string | boolean | undefined): Pick<BuildRequest, 'provenance'> {
  const mode = value === undefined ? undefined : parseProvenance(value);
  return mode ? { provenance: mode } : {};
}

/** `default`, `ID` and `ID=SOCKET`: without a socket, the caller's own agent. */
function sshAgents(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pairs(entries)).map(([id, socket]) => {
      const agent = socket || process.env.SSH_AUTH_SOCK;
      if (!agent) throw new CaissonError('not-found', `--ssh ${id}: no agent is running (SSH_AUTH_SOCK is not set)`, { hint: 'start one with ssh-agent, or name a socket: --ssh ID=SOCKET' });
      return [id, agent];
    }),
  );
}

function buildContext(path: string): BuildContext {
  if (path === '-') return { kind: 'stream', stream: process.stdin as AsyncIterable<Uint8Array> };
  if (/^(?:https?:\/\/|git:\/\/|git@|ssh:\/\/|github\.com\/)/.test(path)) return { kind: 'url', url: path };
  return { kind: 'folder', path };
}

function dockerfileSource(file: string): DockerfileSource {
  if (file !== '-') return { path: file };
  return { text: readFileSync(0, 'utf8'), name: 'Dockerfile on standard input' };
}

/** NAME alone is the caller's own value, and nothing where there is none. */
function buildArgs(entries: readonly string[]): Record<string, string> {
  return pairs(entries.flatMap((entry) => (entry.includes('=') ? [entry] : process.env[entry] === undefined ? [] : [`${entry}=${process.env[entry]}`])));
}

function parseSecret(text: string): NonNullable<BuildRequest['secrets']>[number] {
  const { id, src, source, env, type } = pairs(text.split(','));
  const file = src ?? source;
  const bad = (hint: string): never => {
    throw new CaissonError('invalid-argument', '--secret is not valid', { hint });
  };
  if (!id) return bad('write id=NAME,src=FILE or id=NAME,env=VARIABLE');
  if (type === 'env' || env !== undefined) return { id, env: env ?? file ?? id };
  return file === undefined ? (process.env[id] === undefined ? bad(`name a source for ${id}: src=FILE or env=VARIABLE`) : { id, env: id }) : { id, file };
}

function networkMode(text: string): 'default' | 'none' | 'host' {
  if (text === 'default' || text === 'none' || text === 'host') return text;
  throw new CaissonError('invalid-argument', `--network: ${JSON.stringify(text)} is not for builds`, { hint: 'use default, none or host' });
}

function parseHost(text: string): { name: string; address: string } {
  const [, name, address] = /^([^:=]+)[:=](.+)$/.exec(text) ?? [];
  if (!name || !address) throw new CaissonError('invalid-argument', `--add-host: ${JSON.stringify(text)} is not valid`, { hint: 'write NAME:ADDRESS' });
  return { name, address };
}

function metadata(request: BuildRequest, result: Awaited<ReturnType<typeof showBuild>>) {
  return {
    'containerimage.config.digest': result.imageId,
    'containerimage.digest': result.root.digest,
    'containerimage.descriptor': result.root,
    ...(request.tags?.length ? { 'image.name': request.tags.map(({ domain, path, tag }) => `${domain}/${path}:${tag}`).join(',') } : {}),
  };
}
