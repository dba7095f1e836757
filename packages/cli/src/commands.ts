import type { CommandModule } from './cli.js';

export interface CommandEntry {
  /** `run`, or `image ls` for a command of a group. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  /** It is about this host, whatever host is chosen. */
  readonly own?: boolean;
  load(): Promise<CommandModule>;
}

type Loaded = Promise<{ default: CommandModule }>;

const entry = (path: string, summary: string, module: () => Loaded, more: Partial<CommandEntry> = {}): CommandEntry => ({ path, summary, load: async () => (await module()).default, ...more });

const run = () => import('./commands/run.js');
const create = () => import('./commands/create.js');
const exec = () => import('./commands/exec.js');
const ps = () => import('./commands/ps.js');
const logs = () => import('./commands/logs.js');
const attach = () => import('./commands/attach.js');
const start = () => import('./commands/start.js');
const stop = () => import('./commands/stop.js');
const restart = () => import('./commands/restart.js');
const kill = () => import('./commands/kill.js');
const wait = () => import('./commands/wait.js');
const cp = () => import('./commands/cp.js');
const diff = () => import('./commands/diff.js');
const exportContainer = () => import('./commands/export.js');
const commit = () => import('./commands/commit.js');
const rm = () => import('./commands/rm.js');
const rename = () => import('./commands/rename.js');
const port = () => import('./commands/port.js');
const inspect = () => import('./commands/inspect.js');
const images = () => import('./commands/images.js');
const pull = () => import('./commands/pull.js');
const push = () => import('./commands/push.js');
const tag = () => import('./commands/tag.js');
const rmi = () => import('./commands/rmi.js');
const history = () => import('./commands/history.js');
const save = () => import('./commands/save.js');
const load = () => import('./commands/load.js');
const build = () => import('./commands/build.js');
const importImage = () => import('./commands/import.js');

const both = (group: string, path: string, summary: string, module: () => Loaded, name = path): CommandEntry[] => [entry(path, summary, module), entry(`${group} ${name}`, summary, module)];

const context = (name: string, summary: string, module: () => Loaded, aliases?: readonly string[]): CommandEntry => entry(`context ${name}`, summary, module, { own: true, ...(aliases ? { aliases } : {}) });

const contexts: readonly CommandEntry[] = [
  context('create', 'Create a context', () => import('./commands/context-create.js')),
  context('ls', 'List contexts', () => import('./commands/context-ls.js'), ['list']),
  context('show', 'Print the name of the context in use', () => import('./commands/context-show.js')),
  context('use', 'Choose the context to use from now on', () => import('./commands/context-use.js')),
  context('inspect', 'Print all that is known of contexts, as JSON', () => import('./commands/context-inspect.js')),
  context('update', 'Change a context', () => import('./commands/context-update.js')),
  context('rm', 'Remove contexts', () => import('./commands/context-rm.js'), ['remove']),
  context('export', 'Write a context into a file', () => import('./commands/context-export.js')),
  context('import', 'Make a context of such a file', () => import('./commands/context-import.js')),
];

/** Every command. The order is that of the help. */
export const commandTable: readonly CommandEntry[] = [
  ...both('container', 'run', 'Create a container and run a command in it', run),
  ...both('container', 'exec', 'Run a command in a running container', exec),
  entry('ps', 'List containers', ps),
  entry('container ls', 'List containers', ps, { aliases: ['list', 'ps'] }),
  entry('build', 'Build an image from a Dockerfile', build),
  entry('image build', 'Build an image from a Dockerfile', build),
  entry('builder build', 'Build an image from a Dockerfile', build),
  entry('buildx build', 'Build an image from a Dockerfile', build, { aliases: ['b'] }),
  entry('lint', 'Check Dockerfiles', () => import('./commands/lint.js'), { own: true }),
  ...both('image', 'pull', 'Get an image from a registry', pull),
  ...both('image', 'push', 'Send an image to a registry', push),
  entry('images', 'List images', images),
  entry('image ls', 'List images', images, { aliases: ['list'] }),
  entry('login', 'Keep credentials for a registry', () => import('./commands/login.js'), { own: true }),
  entry('logout', 'Forget the credentials for a registry', () => import('./commands/logout.js'), { own: true }),
  ...both('container', 'create', 'Create a container', create),
  ...both('container', 'start', 'Start containers', start),
  ...both('container', 'stop', 'Stop containers', stop),
  ...both('container', 'restart', 'Restart containers', restart),
  ...both('container', 'kill', 'Send a signal to containers', kill),
  ...both('container', 'pause', 'Freeze all processes of containers', () => import('./commands/pause.js')),
  ...both('container', 'unpause', 'Let the processes of paused containers go on', () => import('./commands/unpause.js')),
  ...both('container', 'wait', 'Wait until containers exit, and print their exit codes', wait),
  ...both('container', 'rm', 'Remove containers', rm),
  ...both('container', 'rename', 'Give a container another name', rename),
  ...both('container', 'logs', 'Print what a container has written', logs),
  ...both('container', 'attach', "Join a running container's input and output", attach),
  ...both('container', 'stats', 'Show what containers use of processors, memory, network and disks', () => import('./commands/stats.js')),
  ...both('container', 'top', 'List the processes of a container', () => import('./commands/top.js')),
  ...both('container', 'update', 'Change limits and restart policy of containers', () => import('./commands/update.js')),
  ...both('container', 'port', 'List the published ports of a container', port),
  ...both('container', 'cp', 'Copy files into and out of a container', cp),
  ...both('container', 'diff', 'List the files that a container has changed', diff),
  ...both('container', 'commit', 'Make an image of a container', commit),
  ...both('container', 'export', "Write a container's files into an archive", exportContainer),
  entry('inspect', 'Print all that is known of containers or images, as JSON', inspect),
  entry('container inspect', 'Print all that is known of containers, as JSON', () => import('./commands/container-inspect.js')),
  entry('image inspect', 'Print all that is known of images, as JSON', () => import('./commands/image-inspect.js')),
  ...both('image', 'tag', 'Give an image another name', tag),
  entry('rmi', 'Remove images', rmi),
  entry('image rm', 'Remove images', rmi, { aliases: ['remove'] }),
  ...both('image', 'history', 'Show how an image was made, layer by layer', history),
  entry('image files', "List an image's files, and what each layer changed and wasted", () => import('./commands/image-files.js')),
  entry('image diff', 'Show how two images differ', () => import('./commands/image-diff.js')),
  entry('image copy', 'Copy an image between registries, this host, layouts and archives', () => import('./commands/image-copy.js')),
  entry('image squash', 'Join layers of an image', () => import('./commands/image-squash.js')),
  ...both('image', 'save', 'Write images into an archive', save),
  ...both('image', 'load', 'Take images out of an archive', load),
  ...both('image', 'import', 'Make an image from a tar of a root file system', importImage),
  entry('container prune', 'Remove containers that do not run', () => import('./commands/container-prune.js')),
  entry('image prune', 'Remove images that nothing needs', () => import('./commands/image-prune.js')),
  entry('volume create', 'Create a volume', () => import('./commands/volume-create.js')),
  entry('volume ls', 'List volumes', () => import('./commands/volume-ls.js'), { aliases: ['list'] }),
  entry('volume inspect', 'Print all that is known of volumes, as JSON', () => import('./commands/volume-inspect.js')),
  entry('volume rm', 'Remove volumes', () => import('./commands/volume-rm.js'), { aliases: ['remove'] }),
  entry('volume prune', 'Remove anonymous volumes that no container uses', () => import('./commands/volume-prune.js')),
  entry('network create', 'Create a network', () => import('./commands/network-create.js')),
  entry('network connect', 'Join a container to a network', () => import('./commands/network-connect.js')),
  entry('network disconnect', 'Take a container out of a network', () => import('./commands/network-disconnect.js')),
  entry('network ls', 'List networks', () => import('./commands/network-ls.js'), { aliases: ['list'] }),
  entry('network inspect', 'Print all that is known of networks, as JSON', () => import('./commands/network-inspect.js')),
  entry('network rm', 'Remove networks', () => import('./commands/network-rm.js'), { aliases: ['remove'] }),
  entry('network prune', 'Remove networks that no container is to be in', () => import('./commands/network-prune.js')),
  entry('manifest create', 'Begin a list of images for several platforms', () => import('./commands/manifest-create.js'), { own: true }),
  entry('manifest annotate', 'Say more of an image in a list', () => import('./commands/manifest-annotate.js'), { own: true }),
  entry('manifest inspect', 'Print the manifest of an image, or a list', () => import('./commands/manifest-inspect.js'), { own: true }),
  entry('manifest push', 'Send a list to its registry', () => import('./commands/manifest-push.js'), { own: true }),
  entry('manifest rm', 'Forget lists', () => import('./commands/manifest-rm.js'), { own: true }),
  entry('builder du', 'Show what the build cache holds', () => import('./commands/builder-du.js')),
  entry('builder prune', 'Free space in the build cache', () => import('./commands/builder-prune.js')),
  entry('builder history', 'List builds of the past', () => import('./commands/builder-history.js')),
  entry('buildx du', 'Show what the build cache holds', () => import('./commands/builder-du.js')),
  entry('buildx prune', 'Free space in the build cache', () => import('./commands/builder-prune.js')),
  entry('buildx history', 'List builds of the past', () => import('./commands/builder-history.js')),
  entry('buildx version', 'Print the version', () => import('./commands/buildx-version.js'), { own: true }),
  ...contexts,
  entry('search', 'Search a registry for images', () => import('./commands/search.js')),
  entry('compose', 'Run applications of several containers with compose', () => import('./commands/compose.js')),
  entry('version', 'Print the versions of this program and of the engine', () => import('./commands/version.js')),
  entry('events', 'Print what happens to containers, images, volumes and networks', () => import('./commands/events.js')),
  entry('system events', 'Print what happens to containers, images, volumes and networks', () => import('./commands/events.js')),
  entry('info', 'Show what this host offers and where everything is', () => import('./commands/info.js')),
  entry('system info', 'Show what this host offers and where everything is', () => import('./commands/info.js')),
  entry('system df', 'Show what takes how much room', () => import('./commands/system-df.js')),
  entry('system prune', 'Remove all that nothing needs', () => import('./commands/system-prune.js')),
  entry('system dial-stdio', "Join standard input and output to the engine's API", () => import('./commands/system-dial-stdio.js')),
  entry('system doctor', 'List what this host has of all that containers need', () => import('./commands/system-doctor.js')),
  entry('system check', 'Prove the data root whole', () => import('./commands/system-check.js')),
  entry('completion', 'Print the script that completes commands in a shell', () => import('./commands/completion.js'), { own: true }),
  entry('docs', 'Print the reference of all commands', () => import('./commands/docs.js'), { own: true }),
  entry('__complete', 'Candidates for completion', () => import('./commands/complete.js'), { hidden: true, own: true }),
  entry('attend', 'Look after running containers', () => import('./commands/attend.js'), { hidden: true, own: true }),
  entry('daemon', 'Serve the Docker API', () => import('./commands/daemon.js'), { description: 'Serve the Docker Engine API, for the docker command line and everything else that speaks it.', own: true }),
  entry('container-exited', 'Clean up after a container', () => import('./commands/container-exited.js'), { hidden: true, own: true }),
];
