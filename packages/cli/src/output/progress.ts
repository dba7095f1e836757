import type { Progress, Task } from '@caisson/core';
import { colors } from './colors.js';
import { formatSize } from './units.js';

/** Shows a transfer on standard error while it goes on: a line for each blob on a terminal, the ends of each elsewhere. */
export async function showProgress<T>(task: Task<T>, quiet = false): Promise<T> {
  if (quiet) return task;
  const { isTTY } = process.stderr;
  await (isTTY ? drawBlobs(task) : listBlobs(task));
  return task;
}

const label = (id: string) => (id.startsWith('sha256:') ? id.slice(7, 19) : id);

async function listBlobs(task: AsyncIterable<Progress>): Promise<void> {
  const said = new Map<string, string>();
  for await (const { id, status, total } of task) {
    if (said.get(id) === status || status === 'waiting' || status === 'copying') continue;
    said.set(id, status);
    process.stderr.write(`${label(id)}: ${status}${total === undefined ? '' : ` (${formatSize(total)})`}\n`);
  }
}

async function drawBlobs(task: AsyncIterable<Progress>): Promise<void> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(process.stderr);
  const { dim, green } = colors(process.stderr);
  const blobs = new Map<string, Progress>();
  let drawn = 0;
  const render = () => {
    drawn = Date.now();
    const rows = [...blobs.values()].slice(-(process.stderr.rows - 2)).map(({ id, status, current = 0, total }) => {
      const share = total ? Math.min(1, current / total) : 0;
      const bar = status === 'copying' && total ? `${'█'.repeat(Math.floor(share * 20))}${dim('░'.repeat(20 - Math.floor(share * 20)))} ${formatSize(current)} of ${formatSize(total)}` : total === undefined ? '' : formatSize(total);
      return `${dim(label(id))} ${(status === 'done' ? green : String)(status.padEnd(14))} ${bar}`;
    });
    draw(rows.join('\n'));
  };
  try {
    for await (const progress of task) {
      blobs.set(progress.id, { ...blobs.get(progress.id), ...progress });
      if (Date.now() - drawn > 60) render();
    }
    render();
  } finally {
    draw.done();
  }
}
