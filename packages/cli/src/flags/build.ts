import { existsSync, readFileSync, statSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { CaissonError, parsePlatform, parseReference, withDefaultTag, type BuildContext, type BuildRequest, type DockerfileSource } from '@caisson/core';
import { parseSize } from '../output/units.js';
import { outputAnnotations, parseCache, parseOutput, parseProvenance } from './build-outputs.js';
import { collect, collectNegated } from './collect.js';
import { parseUlimit } from './limits.js';
import { csvFields, invalid, pairs } from './values.js';

export interface BuildFlags {
  readonly allow?: string[];
  readonly addHost?: string[];
  readonly baseFiles?: string;
  readonly buildArg?: string[];
  readonly buildContext?: string[];
  readonly explain?: boolean;
  readonly file?: string;
  readonly annotation?: string[];
  readonly attest?: string[];
  readonly call?: string;
  readonly cgroupParent?: string;
  readonly check?: boolean;
  readonly debug?: boolean;
  readonly load?: boolean;
  readonly cacheFrom?: string[];
  readonly cacheTo?: string[];
  readonly output?: string[];
  readonly provenance?: string | boolean;
  readonly sbom?: string | boolean;
  readonly ssh?: string[];
  readonly iidfile?: string;
  readonly label?: string[];
  readonly metadataFile?: string;
  readonly network?: string;
  readonly cache: boolean;
  /** Of --no-cache-filter: commander takes the name for an opposite, and says true where the option is not given. */
  readonly cacheFilter: true | string[];
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
  readonly ulimit?: string[];
  readonly watch?: boolean;
}

export function addBuildFlags(command: Command): Command {
  return command
    .argument('<context>', 'folder that COPY reads from; a git or http URL; - for a tar or a Dockerfile on standard input')
    .option('-t, --tag <name[:tag]>', 'name for the image', collect)
    .option('-f, --file <file>', 'Dockerfile (default: Dockerfile in the context); - for standard input')
    .option('--target <stage>', 'stage to build (default: the last)')
    .option('--build-arg <name=value>', 'value for an ARG; NAME alone passes on your own', collect)
    .option('--build-context <name=source>', 'another context for COPY --from and FROM', collect)
    .option('--label <name=value>', 'label the image', collect)
    .option('--platform <os/arch>', 'platforms to build for, with commas between them')
    .option('--no-cache', 'take nothing from the cache')
    .addOption(new Option('--no-cache-filter <stage>', 'take nothing from the cache for this stage').argParser(collectNegated))
    .option('-o, --output <dest>', 'write the result elsewhere: a folder, or type=oci|docker|tar|local|image|registry,dest=...', collect)
    .option('--load', 'keep the image in the store, as is done anyway without --output')
    .option('--push', 'push the image when it is built')
    .option('--cache-from <source>', 'take cached steps from a registry or folder: NAME or type=local,src=...', collect)
    .option('--cache-to <destination>', 'share cached steps: type=registry,ref=..., type=local,dest=..., type=inline', collect)
    .option('--annotation <name=value>', 'annotate the manifest', collect)
    .option('--provenance [mode]', 'attach how it was built: min or max')
    .option('--sbom [on]', 'attach what is in it')
    .option('--attest <type=...>', 'attach type=provenance,mode=min|max or type=sbom', collect)
    .option('--ssh <id=socket>', 'agent for RUN --mount=type=ssh (default: SSH_AUTH_SOCK)', collect)
    .option('--secret <id=...,src=...>', 'file or variable for RUN --mount=type=secret', collect)
    .option('--pull', 'ask the registry for newer bases')
    .option('--base-files <when>', "when COPY reads the layers of a base in a registry: needed (default), or always")
    .option('--network <mode>', 'network of RUN: default, none or host')
    .option('--add-host <name:address>', 'add a line to /etc/hosts in RUN', collect)
    .option('--allow <entitlement>', 'network.host, security.insecure or device', collect)
    .option('--shm-size <size>', 'size of /dev/shm in RUN')
    .option('--ulimit <name=soft[:hard]>', 'resource limit in RUN', collect)
    .option('--cgroup-parent <cgroup>', 'cgroup that those of RUN are made in')
    .option('--squash', 'join the layers of the build into one')
    .option('--call <method>', 'instead of building: check the Dockerfile, or show its outline or its targets; ,format=json for JSON')
    .option('--check', 'the same as --call=check')
    .option('--debug', 'when a RUN fails, open a shell where it failed')
    .option('--watch', 'build again whenever a file of the context changes')
    .option('--iidfile <file>', "write the image's ID into a file")
    .option('--metadata-file <file>', 'write what was built into a file, as JSON')
    .option('--progress <kind>', 'auto, tty, plain, rawjson or quiet', 'auto')
    .option('--explain', 'say for each step why it was or was not taken from the cache; as JSON with --progress rawjson')
    .option('-q, --quiet', "only print the image's ID")
    .addHelpText(
      'after',
      '\ncaisson build du, build history and build prune look after the cache; a folder of such a name is written as ./du.\n\nExamples:\n  caisson build -t app .\n  caisson build -t app --target test --build-arg VERSION=1.2 -f deploy/Dockerfile .\n  caisson build --call=targets .\n  caisson build --watch -t app .\n  caisson build -t registry.example.com/app --platform linux/amd64,linux/arm64 --push .\n',
    );
}

/** @throws CaissonError `invalid-argument` that names the option */
export function buildRequest(path: string, flags: BuildFlags): BuildRequest {
  if (path === '-' && flags.file === '-') throw new CaissonError('invalid-argument', 'context and Dockerfile cannot both come from standard input');
  return {
    context: buildContext(path),
    ...(flags.file === undefined ? {} : { dockerfile: dockerfileSource(flags.file) }),
    ...(flags.target === undefined ? {} : { target: flags.target }),
    buildArgs: buildArgs(flags.buildArg ?? []),
    tags: (flags.tag ?? []).map((tag) => withDefaultTag(parseReference(tag))),
    labels: named('--label', flags.label, 'write NAME=VALUE'),
    namedContexts: namedContexts(flags.buildContext),
    noCache: !flags.cache,
    noCacheStages: flags.cacheFilter === true ? [] : flags.cacheFilter,
    ...(flags.platform === undefined ? {} : { platforms: flags.platform.split(',').map(parsePlatform) }),
    ...(flags.pull ? { pull: true } : {}),
    ...(flags.baseFiles === undefined ? {} : { baseFiles: baseFiles(flags.baseFiles) }),
    secrets: (flags.secret ?? []).map(parseSecret),
    ...(flags.network === undefined ? {} : { network: networkMode(flags.network) }),
    allow: (flags.allow ?? []).map((text) => (/^(?:network\.host|security\.insecure|device(?:=.+)?)$/.test(text) ? text : invalid('--allow', text, 'allow network.host, security.insecure, device or device=NAME'))),
    extraHosts: (flags.addHost ?? []).map(parseHost),
    ...(flags.shmSize === undefined ? {} : { shmSize: parseSize(flags.shmSize, '--shm-size') }),
    ...(flags.squash ? { squash: true } : {}),
    ...annotations(flags),
    ...(flags.output ? { outputs: flags.output.map(parseOutput) } : {}),
    ...(flags.cacheFrom ? { cacheFrom: flags.cacheFrom.map((text) => parseCache('--cache-from', text)) } : {}),
    ...(flags.cacheTo ? { cacheTo: flags.cacheTo.map((text) => parseCache('--cache-to', text)) } : {}),
    ...attestations(flags),
    ...(flags.ulimit ? { ulimits: flags.ulimit.map(parseUlimit) } : {}),
    ...(flags.cgroupParent === undefined ? {} : { cgroupParent: flags.cgroupParent }),
    ...(flags.ssh ? { ssh: sshAgents(flags.ssh) } : {}),
  };
}

/** `--attest` says the same as the two options of their own, which win. */
function attestations({ attest = [], provenance, sbom }: BuildFlags): Pick<BuildRequest, 'provenance' | 'sbom'> {
  let mode: 'min' | 'max' | undefined;
  let parts = false;
  for (const text of attest) {
    const { type, mode: wanted, disabled, ...others } = pairs(csvFields(text));
    const [unknown] = Object.keys(others).filter((key) => key !== 'generator' && key !== 'version');
    if (unknown !== undefined || (type !== 'provenance' && type !== 'sbom')) invalid('--attest', text, 'write type=provenance,mode=min|max or type=sbom');
    const on = disabled !== 'true';
    if (type === 'sbom') parts = on;
    else mode = on ? parseProvenance(wanted ?? true) : undefined;
  }
  if (provenance !== undefined) mode = parseProvenance(provenance);
  if (sbom !== undefined) parts = sbomWanted(sbom);
  return { ...(mode ? { provenance: mode } : {}), ...(parts ? { sbom: true } : {}) };
}

function sbomWanted(value: string | boolean): boolean {
  if (typeof value === 'boolean') return value;
  return value === 'true' || value === 'false' ? value === 'true' : invalid('--sbom', value, 'write true or false');
}

/** Folders must be there, also where no step asks for them: a slip of the pen would else be found when somebody misses what is in them. */
function namedContexts(entries: readonly string[] | undefined): Record<string, string> {
  const hint = 'write NAME=FOLDER, or NAME=docker-image://IMAGE, oci-layout://FOLDER or a URL';
  const contexts = named('--build-context', entries, hint, true);
  for (const [name, source] of Object.entries(contexts)) {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source) ?? [];
    if (scheme !== undefined && !/^(?:docker-image|oci-layout|https?|git|ssh|git\+(?:https?|ssh|file)|file)$/i.test(scheme)) invalid('--build-context', `${name}=${source}`, hint);
    if (scheme === undefined && !source.startsWith('git@') && !statSync(source, { throwIfNoEntry: false })?.isDirectory()) throw new CaissonError('not-found', `--build-context: there is no folder ${source} for the context ${name}`);
  }
  return contexts;
}

/** `default`, `ID` and `ID=SOCKET`: without a socket, the caller's own agent. */
function sshAgents(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pairs(entries)).map(([id, socket]) => {
      const agent = socket || process.env.SSH_AUTH_SOCK;
      if (!agent) throw new CaissonError('not-found', `--ssh ${id}: no agent is running (SSH_AUTH_SOCK is not set)`, { hint: 'start one with ssh-agent, or name a socket: --ssh ID=SOCKET' });
      if (!existsSync(agent)) throw new CaissonError('not-found', `--ssh ${id}: there is no socket ${agent}`, { hint: 'start an agent with ssh-agent, or name its socket: --ssh ID=SOCKET' });
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

function annotations({ annotation = [], output = [] }: BuildFlags): Pick<BuildRequest, 'annotations'> {
  const all = [...annotation, ...output.flatMap(outputAnnotations)];
  for (const text of all) {
    // A name may itself have colons in it, but not behind nothing but letters: that is what the annotation is of.
    const [, kind, platform] = /^([a-z-]+(?:,[a-z-]+)*)(\[[^\]]*\])?:/.exec(text) ?? [];
    if (platform !== undefined) throw new CaissonError('unsupported', `--annotation: ${text} is for one platform, and all get the same here`);
    if (kind !== undefined && !kind.split(',').every((one) => one === 'manifest' || one === 'index')) invalid('--annotation', text, 'write NAME=VALUE, manifest:NAME=VALUE or index:NAME=VALUE');
  }
  return all.length > 0 ? { annotations: named('--annotation', all, 'write NAME=VALUE', true) } : {};
}

/** Pairs that have a name, and a value where it takes one. */
function named(flag: string, entries: readonly string[] = [], hint: string, full = false): Record<string, string> {
  for (const entry of entries) if (full ? !/^[^=]+=./s.test(entry) : /^(?:=|$)/.test(entry)) invalid(flag, entry, hint);
  return pairs(entries);
}

/** NAME alone is the caller's own value, and nothing where there is none. */
function buildArgs(entries: readonly string[]): Record<string, string> {
  const nameless = entries.find((entry) => entry.startsWith('='));
  if (nameless !== undefined) invalid('--build-arg', nameless, 'write NAME=VALUE');
  return pairs(entries.flatMap((entry) => (entry.includes('=') ? [entry] : process.env[entry] === undefined ? [] : [`${entry}=${process.env[entry]}`])));
}

function parseSecret(text: string): NonNullable<BuildRequest['secrets']>[number] {
  const { id, src, source, env, type, ...others } = pairs(csvFields(text));
  const file = src ?? source;
  const bad = (hint: string): never => {
    throw new CaissonError('invalid-argument', '--secret is not valid', { hint });
  };
  if (!id || Object.keys(others).length > 0 || (type !== undefined && type !== 'env' && type !== 'file')) return bad('write id=NAME,src=FILE or id=NAME,env=VARIABLE');
  if (type === 'env' || env !== undefined) return { id, env: env ?? file ?? id };
  // Before anything is built, and also where no step asks for it.
  if (file !== undefined && !existsSync(file)) throw new CaissonError('not-found', `the file ${file} of the secret ${JSON.stringify(id)} does not exist`);
  return file === undefined ? (process.env[id] === undefined ? bad(`name a source for ${id}: src=FILE or env=VARIABLE`) : { id, env: id }) : { id, file };
}

function networkMode(text: string): 'default' | 'none' | 'host' {
  if (text === 'default' || text === 'none' || text === 'host') return text;
  throw new CaissonError('invalid-argument', `--network: ${JSON.stringify(text)} is not for builds`, { hint: 'use default, none or host' });
}

function baseFiles(text: string): 'always' | 'needed' {
  return text === 'always' || text === 'needed' ? text : invalid('--base-files', text, 'use needed or always');
}

function parseHost(text: string): { name: string; address: string } {
  const [, name, address] = /^([^:=]+)[:=](.+)$/.exec(text) ?? [];
  if (!name || !address) throw new CaissonError('invalid-argument', `--add-host: ${JSON.stringify(text)} is not valid`, { hint: 'write NAME:ADDRESS' });
  return { name, address };
}
