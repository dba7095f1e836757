import type { FlagDoc } from './reference.js';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'windows/amd64', '$BUILDPLATFORM', '$TARGETPLATFORM'];
const chown: FlagDoc = { name: 'chown', value: 'USER[:GROUP]', summary: 'Owner of the copied files, by name or number; root where not given.' };
const chmod: FlagDoc = { name: 'chmod', value: 'MODE', summary: 'Mode of the copied files: octal (`755`) or symbolic (`u=rwX,go=rX`).', values: ['644', '755', 'u=rwX,go=rX'] };
const link: FlagDoc = { name: 'link', summary: 'Puts the files into a layer that does not depend on the ones below, so that it stays valid when those change. Symbolic links in the destination are not followed.' };
const exclude: FlagDoc = { name: 'exclude', value: 'PATTERN', summary: 'Leaves out what the pattern matches. May be given several times.', repeatable: true };

export const fromFlags: readonly FlagDoc[] = [{ name: 'platform', value: 'OS/ARCH', summary: 'Platform of the image; that of the target where not given. `$BUILDPLATFORM` is where the build runs.', values: platforms }];

export const runFlags: readonly FlagDoc[] = [
  { name: 'mount', value: 'type=TYPE,…', summary: 'Something that the command sees and that does not go into the image: a folder, a cache, memory, a secret, an SSH agent.', values: ['type=bind', 'type=cache', 'type=secret', 'type=ssh', 'type=tmpfs'], repeatable: true },
  { name: 'network', value: 'MODE', summary: 'Network of the command: `default`, `none`, or `host` (which the builder must allow).', values: ['default', 'none', 'host'] },
  { name: 'security', value: 'MODE', summary: '`sandbox`, or `insecure` for all capabilities (which the builder must allow).', values: ['sandbox', 'insecure'] },
  { name: 'device', value: 'NAME[,required]', summary: 'A CDI device for the command, such as `nvidia.com/gpu=all`. The builder must allow it.', repeatable: true },
];

export const copyFlags: readonly FlagDoc[] = [
  { name: 'from', value: 'SOURCE', summary: 'Copies out of a stage (name or index), an image, or a named context, in place of the build context.' },
  chown,
  chmod,
  link,
  { name: 'parents', summary: 'Keeps the folders of the sources. With `/./` in a source, only those behind it.' },
  exclude,
];

export const addFlags: readonly FlagDoc[] = [
  chown,
  chmod,
  link,
  { name: 'keep-git-dir', summary: 'Keeps `.git` when the source is a git repository.', values: ['true', 'false'] },
  { name: 'checksum', value: 'sha256:HASH', summary: 'What the source must hash to: a sha256 for a download, a commit for a git repository.' },
  { name: 'unpack', summary: 'Whether an archive is unpacked. Where not said, local ones are and downloads are not.', values: ['true', 'false'] },
  exclude,
];

const durations = ['5s', '10s', '30s', '1m', '5m'];

export const healthcheckFlags: readonly FlagDoc[] = [
  { name: 'interval', value: 'DURATION', summary: 'Time between checks; 30s where not given.', values: durations },
  { name: 'timeout', value: 'DURATION', summary: 'Time that one check may take; 30s where not given.', values: durations },
  { name: 'start-period', value: 'DURATION', summary: 'Time in which failures do not count, while the container starts; 0s where not given.', values: durations },
  { name: 'start-interval', value: 'DURATION', summary: 'Time between checks during the start period; 5s where not given.', values: durations },
  { name: 'retries', value: 'COUNT', summary: 'Failures in a row that make the container unhealthy; 3 where not given.', values: ['1', '3', '5'] },
];
