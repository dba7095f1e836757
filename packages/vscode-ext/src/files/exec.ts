import { CaissonError, type Engine } from '@caisson/core';

/** What a short command in a container printed. @throws CaissonError `runtime-failed` with what it said on its error output when it fails */
export async function execText(engine: Engine, container: string, args: readonly string[]): Promise<string> {
  const process = await engine.containers.exec(container, { args, terminal: false, stdin: false }, { stdio: 'pipe' });
  try {
    const [stdout, stderr] = await Promise.all([collect(process.stdout), collect(process.stderr)]);
    const { code } = await process.wait();
    if (code !== 0) throw new CaissonError('runtime-failed', stderr.toString('utf8').trim().split('\n').at(-1) || `${args[0] ?? ''} ended with ${code}`, { details: { code } });
    return stdout.toString('utf8');
  } finally {
    await process[Symbol.asyncDispose]();
  }
}

async function collect(stream: AsyncIterable<unknown> | null): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
