import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { connect } from 'node:net';
import { CaissonError } from '@caisson/core';

/** One request to slirp4netns's API socket, `api` in `folder` (slirp4netns(1)): JSON, then the end, answered likewise. @throws CaissonError `runtime-failed` */
export async function ask(folder: string, request: object): Promise<unknown> {
  // A unix socket's path has at most 107 bytes; the folder's descriptor stands for the rest.
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const socket = connect({ path: `/proc/self/fd/${fd}/api`, allowHalfOpen: true });
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.end(JSON.stringify(request));
    await once(socket, 'end');
    const answer = JSON.parse(text) as { return?: unknown; error?: { desc?: string } };
    const { error } = answer;
    if (error) throw new CaissonError('runtime-failed', `slirp4netns: ${error.desc ?? 'it refused'}`);
    // A list comes as it is.
    return answer.return ?? answer;
  } finally {
    closeSync(fd);
  }
}
