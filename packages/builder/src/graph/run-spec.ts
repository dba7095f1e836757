import { posix } from 'node:path';
import { CaissonError } from '@caisson/core';
import { proxyArgs, runCommand, type Mount, type RunInstruction, type StageScope } from '@caisson/dockerfile';
import type { ImageDraft } from '../config/image-draft.js';
import type { ExecMount, ExecSpec } from '../exec/exec-spec.js';
import type { Session } from '../session.js';
import type { FileSource } from './file-source.js';

const scriptFolder = '/dev/pipes/';
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A RUN with everything expanded, what the history says of it, and what people call it. */
export async function runSpec(session: Session, draft: ImageDraft, scope: StageScope, run: RunInstruction, source: (from: string | undefined) => Promise<FileSource>): Promise<{ spec: ExecSpec; createdBy: string; text: string }> {
  const command = runCommand(run);
  const windows = draft.platform.os === 'windows';
  const cwd = draft.config.WorkingDir || (windows ? 'C:\\' : '/');
  const mounts: ExecMount[] = [];
  for (const mount of scope.mounts(run)) mounts.push(await execMount(mount, cwd, source, session));
  let args: string[];
  if (command.kind === 'exec') args = [...command.argv];
  else if (command.kind === 'shell') args = windows ? [[...scope.shell, command.text].join(' ')] : [...scope.shell, command.text];
  else {
    const target = `${scriptFolder}${command.name}`;
    mounts.push({ kind: 'script', target, text: command.content });
    args = [target];
  }
  checkAllowed(session, run);
  const variables = scope.runEnv();
  const undeclared = proxyArgs.filter((name) => !scope.env.has(name) && !scope.args.has(name) && variables.has(name));
  const passingEnv = undeclared.map((name) => `${name}=${variables.get(name)}`);
  for (const name of undeclared) variables.delete(name);
  // Compilers and archivers date what they make by it; Python then checks its compiled files by content, which a changed date does not spoil.
  if (!variables.has('SOURCE_DATE_EPOCH')) passingEnv.push(`SOURCE_DATE_EPOCH=${session.dates.files}`);
  const env = [...variables].map(([name, value]) => `${name}=${value}`);
  if (!variables.has('PATH') && !windows) env.push(defaultPath);
  const shown = [...scope.args].flatMap(([name, value]) => (value === undefined || proxyArgs.includes(name) ? [] : [`${name}=${value}`]));
  const prefix = shown.length > 0 ? `|${shown.length} ${shown.join(' ')} ` : '';
  const text = args.join(' ');
  return {
    spec: {
      args,
      ...(windows && command.kind === 'shell' ? { argsEscaped: true } : {}),
      ...(windows ? { windows } : {}),
      env,
      passingEnv,
      cwd,
      user: draft.config.User ?? '',
      network: run.network === 'default' ? (session.request.network ?? 'default') : run.network,
      insecure: run.security === 'insecure',
      mounts,
      devices: run.devices.map(({ name, required }) => ({ name: scope.expand(name), required })),
    },
    createdBy: `RUN ${prefix}${text} # buildkit`,
    text: `RUN ${text}`,
  };
}

/** @throws CaissonError `denied` for what needs the user's consent; `unsupported` for what this builder cannot do */
function checkAllowed(session: Session, run: RunInstruction): void {
  const allowed = new Set(session.request.allow ?? []);
  const ask = (entitlement: string, what: string) => {
    if (!allowed.has(entitlement)) throw new CaissonError('denied', `${what} is not allowed in this build`, { hint: `allow it with --allow ${entitlement}` });
  };
  // What the whole build was started with is the user's own wish.
  if (run.network === 'host' && session.request.network !== 'host') ask('network.host', 'RUN --network=host');
  if (run.security === 'insecure') ask('security.insecure', 'RUN --security=insecure');
  for (const { name } of run.devices) if (!allowed.has(`device=${name}`)) ask('device', 'RUN --device');
}

async function execMount(mount: Mount, cwd: string, source: (from: string | undefined) => Promise<FileSource>, session: Session): Promise<ExecMount> {
  const target = posix.resolve('/', cwd, mount.target ?? '/');
  if (target === '/' && mount.target !== undefined) throw new CaissonError('invalid-argument', `invalid mount target ${JSON.stringify(mount.target)}: it is the root folder`, { hint: 'set a WORKDIR above, or add target=/path' });
  switch (mount.type) {
    case 'bind': {
      const from = await source(mount.from);
      return from.mount(target, mount.source ?? '/', mount.readonly, session);
    }
    case 'cache': {
      const from = mount.from === undefined ? undefined : await source(mount.from);
      return {
        kind: 'cache',
        target,
        id: mount.id ?? target,
        sharing: mount.sharing ?? 'shared',
        readonly: mount.readonly,
        mode: mount.mode ?? 0o755,
        uid: mount.uid ?? 0,
        gid: mount.gid ?? 0,
        ...(from ? { seed: from.seed(mount.source ?? '/') } : {}),
      };
    }
    case 'tmpfs':
      return { kind: 'tmpfs', target, size: mount.size };
    case 'secret': {
      const id = mount.id ?? mount.source ?? posix.basename(mount.target ?? '');
      return {
        kind: 'secret',
        id,
        target: mount.target === undefined ? (mount.env === undefined ? `/run/secrets/${id}` : undefined) : target,
        env: mount.env,
        required: mount.required ?? false,
        mode: mount.mode ?? 0o400,
        uid: mount.uid ?? 0,
        gid: mount.gid ?? 0,
      };
    }
    case 'ssh':
      return {
        kind: 'ssh',
        id: mount.id ?? 'default',
        target: mount.target === undefined ? '/run/buildkit/ssh_agent.0' : target,
        required: mount.required ?? false,
        uid: mount.uid ?? 0,
        gid: mount.gid ?? 0,
      };
  }
}
