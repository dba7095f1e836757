import { posix } from 'node:path';
import { CaissonError, type ContainerDefaults, type Healthcheck } from '@caisson/core';
import { suggest, type CommandLine, type HealthcheckInstruction, type Instruction, type StageScope } from '@caisson/dockerfile';
import type { ImageDraft } from '../config/image-draft.js';

/**
 * Carries out an instruction that changes only the image's config. Returns false for those that make layers, which are not for it.
 * The scope must not have been given the instruction yet.
 */
export function applyMetadata(draft: ImageDraft, scope: StageScope, instruction: Instruction): boolean {
  const { config } = draft;
  switch (instruction.kind) {
    case 'env': {
      const pairs = scope.applyEnv(instruction);
      for (const [key, value] of pairs) config.Env = setVariable(config.Env ?? [], key, value);
      draft.addEmpty(`ENV ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`);
      return true;
    }
    case 'arg': {
      const pairs = scope.applyArg(instruction);
      draft.addEmpty(`ARG ${pairs.map(([key, value]) => (value === undefined ? key : `${key}=${value}`)).join(' ')}`);
      return true;
    }
    case 'label': {
      const pairs = scope.expandPairs(instruction);
      config.Labels = { ...config.Labels, ...Object.fromEntries(pairs) };
      draft.addEmpty(`LABEL ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`);
      return true;
    }
    case 'cmd':
      setCommand(draft, 'Cmd', instruction, scope.shell);
      draft.ownCmd = true;
      draft.addEmpty(`CMD ${quoted(config.Cmd ?? [])}`);
      return true;
    case 'entrypoint':
      setCommand(draft, 'Entrypoint', instruction, scope.shell);
      // The base's CMD was meant for the base's ENTRYPOINT.
      if (!draft.ownCmd) delete config.Cmd;
      draft.addEmpty(`ENTRYPOINT ${quoted(config.Entrypoint ?? [])}`);
      return true;
    case 'shell':
      scope.apply(instruction);
      config.Shell = [...scope.shell];
      draft.addEmpty(`SHELL [${scope.shell.join(' ')}]`);
      return true;
    case 'user':
      config.User = scope.expand(instruction.user);
      draft.addEmpty(`USER ${config.User}`);
      return true;
    case 'expose': {
      const ports = scope.ports(instruction).flatMap(({ first, last, protocol }) => Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol}`));
      config.ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) };
      draft.addEmpty(`EXPOSE [${ports.join(' ')}]`);
      return true;
    }
    case 'volume': {
      const volumes = instruction.volumes.map((arg) => scope.expand(arg));
      config.Volumes = { ...config.Volumes, ...Object.fromEntries(volumes.map((path) => [path, {}])) };
      draft.addEmpty(`VOLUME [${volumes.join(' ')}]`);
      return true;
    }
    case 'stopsignal':
      config.StopSignal = stopSignal(scope.expand(instruction.signal), draft.platform.os);
      draft.addEmpty(`STOPSIGNAL ${config.StopSignal}`);
      return true;
    case 'healthcheck':
      config.Healthcheck = healthcheck(instruction);
      draft.addEmpty(`HEALTHCHECK ${instruction.test ? `CMD ${quoted(config.Healthcheck.Test ?? [])}` : 'NONE'}`);
      return true;
    case 'maintainer':
      draft.author = instruction.maintainer.value;
      draft.addEmpty(`MAINTAINER ${draft.author}`);
      return true;
    case 'onbuild':
      config.OnBuild = [...(config.OnBuild ?? []), instruction.expression];
      draft.addEmpty(`ONBUILD ${instruction.expression}`);
      return true;
    default:
      return false;
  }
}

/** A WORKDIR against the one before. */
export function joinWorkdir(current: string | undefined, next: string): string {
  return posix.resolve('/', current ?? '/', next);
}

/** `NAME=value` in its old place, or at the end. */
export function setVariable(env: readonly string[], name: string, value: string): string[] {
  const at = env.findIndex((entry) => entry.startsWith(`${name}=`));
  return at < 0 ? [...env, `${name}=${value}`] : env.with(at, `${name}=${value}`);
}

export function environment(config: ContainerDefaults): [string, string][] {
  return (config.Env ?? []).map((entry) => {
    const equals = entry.indexOf('=');
    return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
  });
}

/** The shell form is one command line on Windows, which must not be escaped again. */
function setCommand({ config, platform }: ImageDraft, key: 'Cmd' | 'Entrypoint', line: CommandLine, use: readonly string[]): void {
  const words = commandLine(line, use);
  const escaped = platform.os === 'windows' && line.shell;
  config[key] = escaped ? [words.join(' ')] : words;
  if (escaped) config.ArgsEscaped = true;
  else if (platform.os === 'windows') delete config.ArgsEscaped;
}

function commandLine({ command, shell }: CommandLine, use: readonly string[]): string[] {
  const words = command.map((arg) => arg.value);
  return shell ? [...use, words.join(' ')] : words;
}

/** As Go prints a list of strings with %q: what BuildKit writes into the history. */
function quoted(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
}

const signals = 'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ'.split(' ');

/** A signal of Linux, whatever system the build is on. Windows has none: what stands there is nobody's business. */
function stopSignal(text: string, os: string): string {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RTM(?:IN(?:\+(?:\d|[12]\d|30))?|AX(?:-(?:\d|[12]\d|30))?)$/;
  const known = /^\d+$/.test(text) ? Number(text) > 0 && Number(text) <= 64 : signals.includes(name) || realTime.test(name);
  if (known || os === 'windows') return text;
  const near = suggest(name, signals);
  throw new CaissonError('invalid-content', `there is no signal ${JSON.stringify(text.slice(0, 40))}`, { hint: near === undefined ? 'write it like SIGTERM, 15 or SIGRTMIN+3' : `did you mean SIG${near}?` });
}

function healthcheck({ test, interval, timeout, startPeriod, startInterval, retries }: HealthcheckInstruction): Healthcheck {
  if (!test) return { Test: ['NONE'] };
  const words = test.command.map((arg) => arg.value);
  return {
    Test: test.shell ? ['CMD-SHELL', words.join(' ')] : ['CMD', ...words],
    ...(interval ? { Interval: interval } : {}),
    ...(timeout ? { Timeout: timeout } : {}),
    ...(startPeriod ? { StartPeriod: startPeriod } : {}),
    ...(startInterval ? { StartInterval: startInterval } : {}),
    ...(retries ? { Retries: retries } : {}),
  };
}
