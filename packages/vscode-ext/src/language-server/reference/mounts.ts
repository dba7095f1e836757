import type { KeyDoc } from './reference.js';

const all = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

export const mountTypes: readonly { readonly name: string; readonly summary: string }[] = [
  { name: 'bind', summary: 'Files of the context, a stage or an image; read-only where not said otherwise, and what is written is lost.' },
  { name: 'cache', summary: 'A folder that later builds find again, for package managers and compilers.' },
  { name: 'tmpfs', summary: 'Memory in place of a folder.' },
  { name: 'secret', summary: 'A file or variable given with `--secret`, which does not reach the image.' },
  { name: 'ssh', summary: "The SSH agent given with `--ssh`, so that keys stay outside." },
];

/** Keys of RUN --mount. */
export const mountKeys: readonly KeyDoc[] = [
  { name: 'type', types: all, summary: 'Kind of mount; bind where not given. Put it first.', values: mountTypes.map(({ name }) => name) },
  { name: 'target', types: all, summary: 'Path in the container. For a secret `/run/secrets/ID` where not given.', aliases: ['dst', 'destination'] },
  { name: 'source', types: ['bind', 'cache', 'secret'], summary: 'Path inside `from`; its root where not given. For a secret: its id.', aliases: ['src'] },
  { name: 'from', types: ['bind', 'cache'], summary: 'Stage, image or named context that the files are of; the build context where not given. Variables are not expanded.' },
  { name: 'rw', types: ['bind'], summary: 'Allows writing. What is written is lost.', bare: true, aliases: ['readwrite'] },
  { name: 'ro', types: ['cache'], summary: 'Read-only.', bare: true, aliases: ['readonly'] },
  { name: 'id', types: ['cache', 'secret', 'ssh'], summary: 'Name by which it is told from others. For a cache the target where not given.' },
  { name: 'sharing', types: ['cache'], summary: '`shared`: several builds write at once. `private`: each that comes meanwhile gets a new one. `locked`: the next one waits.', values: ['shared', 'private', 'locked'] },
  { name: 'env', types: ['secret'], summary: 'Environment variable that holds the secret, in place of a file.' },
  { name: 'required', types: ['secret', 'ssh'], summary: 'The build fails where it is not given.', bare: true },
  { name: 'mode', types: ['cache', 'secret', 'ssh'], summary: 'Mode of the file or folder, octal.', values: ['0400', '0600', '0755'] },
  { name: 'uid', types: ['cache', 'secret', 'ssh'], summary: 'Owner, a number; 0 where not given.' },
  { name: 'gid', types: ['cache', 'secret', 'ssh'], summary: 'Group, a number; 0 where not given.' },
  { name: 'size', types: ['tmpfs'], summary: 'Most that it may hold, such as `64m`.' },
];
