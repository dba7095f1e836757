import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { isCaissonError } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { SessionBuildClient } from '../../../src/server/buildkit/build-client.js';
import { Auth } from '../../../src/server/buildkit/pb/auth_pb.js';
import { BytesSchema, FileSend, Packet_Type as Type } from '../../../src/server/buildkit/pb/fsutil_pb.js';
import { Secrets } from '../../../src/server/buildkit/pb/secrets_pb.js';
import { SSH } from '../../../src/server/buildkit/pb/ssh_pb.js';
import { openSentFile, sendFolder } from '../../../src/server/buildkit/send-files.js';
import { fakeSession, type Sent } from './fake-client.js';

const signal = new AbortController().signal;
const refuse = (code: Code) => new ConnectError('no such thing', code);

describe('secrets', () => {
  const serve = (router: ConnectRouter) =>
    router.service(Secrets, {
      getSecret({ id }) {
        if (id === 'broken') throw refuse(Code.Internal);
        if (id !== 'key') throw refuse(Code.NotFound);
        return { data: Buffer.from('value') };
      },
    });

  it('come from the client, or are not there', async () => {
    await using session = fakeSession(serve, ['/moby.buildkit.secrets.v1.Secrets/GetSecret']);
    expect(Buffer.from((await session.secret('key', signal)) ?? '').toString()).toBe('value');
    expect(await session.secret('other', signal)).toBeUndefined();
    await expect(session.secret('broken', signal)).rejects.toThrow('asking for the secret "broken": no such thing');
  });

  it('are not asked for of a client that has none', async () => {
    await using session = fakeSession(() => {}, []);
    expect(await session.secret('key', signal)).toBeUndefined();
  });

  it('cannot be had of a client that has gone', async () => {
    await using session = fakeSession(serve, ['/moby.buildkit.secrets.v1.Secrets/GetSecret']);
    session.close();
    await expect(session.secret('key', signal)).rejects.toBeInstanceOf(Error);
    expect(session.gone.aborted).toBe(true);
  });
});

it('knows registries by the client’s credentials', async () => {
  const known: Record<string, { username: string; secret: string }> = { 'registry-1.docker.io': { username: 'me', secret: 'pass' }, 'token.example': { username: '', secret: 'token' } };
  await using session = fakeSession((router) => router.service(Auth, { credentials: ({ host }) => known[host] ?? {} }), ['/moby.filesync.v1.Auth/Credentials']);
  expect(await session.credentials('docker.io')).toEqual({ username: 'me', password: 'pass' });
  expect(await session.credentials('token.example')).toEqual({ identityToken: 'token' });
  expect(await session.credentials('other.example')).toBeUndefined();
});

it('leads connections to the client’s agent', async () => {
  const seen: (string | null)[] = [];
  const serve = (router: ConnectRouter) =>
    router.service(SSH, {
      checkAgent({ id }) {
        if (id !== 'default') throw refuse(Code.Unknown);
        return {};
      },
      async *forwardAgent(pieces, { requestHeader }) {
        seen.push(requestHeader.get('buildkit.ssh.id'));
        for await (const { data } of pieces) yield { data: Buffer.from(Buffer.from(data).toString().toUpperCase()) };
      },
    });
  await using session = fakeSession(serve, ['/moby.sshforward.v1.SSH/CheckAgent', '/moby.sshforward.v1.SSH/ForwardAgent']);
  using client = new SessionBuildClient(session);
  expect(await client.agent('other', signal)).toBeUndefined();
  const path = (await client.agent('default', signal)) ?? '';
  expect(await client.agent('default', signal)).toBe(path);
  const answers = await Promise.all(
    ['one', 'two'].map(
      (text) =>
        new Promise<string>((resolve, reject) => {
          let answer = '';
          const socket = connect(path).on('data', (data) => (answer += data.toString())).on('end', () => resolve(answer)).on('error', reject);
          socket.end(text);
        }),
    ),
  );
  expect(answers).toEqual(['ONE', 'TWO']);
  expect(seen).toEqual(['default', 'default']);
});

describe('what a client takes', () => {
  const methods = ['/moby.filesync.v1.FileSend/diffcopy'];

  it('is a folder, told first and sent as it is asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisson-send-'));
    try {
      mkdirSync(join(folder, 'b'));
      writeFileSync(join(folder, 'b/inner'), 'x'.repeat(100_000), { mode: 0o640 });
      writeFileSync(join(folder, 'a'), '', { mode: 0o755 });
      symlinkSync('a', join(folder, 'c'));
      // More than may wait at once, of entries and of content.
      for (let n = 0; n < 300; n++) writeFileSync(join(folder, `many-${n}`), 'y'.repeat(70_000));
      const told: string[] = [];
      const got = new Map<number, number>();
      await using session = fakeSession(
        (router) =>
          router.service(FileSend, {
            async *diffCopy(packets): AsyncGenerator<Sent, void> {
              let id = 0;
              let left = 0;
              for await (const { type, stat, id: of, data } of packets) {
                if (type === Type.FIN) return;
                if (type === Type.STAT && stat) {
                  told.push(`${stat.path} ${stat.mode.toString(16)} ${stat.size} ${stat.linkname}`.trim());
                  if (stat.mode < 0x08000000) {
                    left++;
                    yield { type: Type.REQ, id };
                  }
                  id++;
                } else if (type === Type.DATA) {
                  got.set(of, (got.get(of) ?? 0) + data.length);
                  if (data.length === 0 && --left === 0) yield { type: Type.FIN };
                }
              }
            },
          }),
        methods,
      );
      await sendFolder(session, folder, { signal });
      expect([...got.values()].filter((size) => size === 70_000)).toHaveLength(300);
      expect(told.filter((line) => !line.startsWith('many-'))).toEqual(['a 1ed 0', 'b 800001ed 0', 'b/inner 1a0 100000', 'c 80001ff 0 a']);
      expect([got.get(0), got.get(2)]).toEqual([0, 100_000]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is a file, at its own pace', async () => {
    let got = 0;
    const serve = (router: ConnectRouter) =>
      router.rpc({ ...FileSend.method.diffCopy, input: BytesSchema, output: BytesSchema }, async function* (pieces) {
        for await (const { data } of pieces) got += data.length;
        yield* [];
      });
    await using session = fakeSession(serve, methods);
    const file = openSentFile(session, { signal });
    for (let i = 0; i < 20; i++) await file.write(Buffer.alloc(100_000));
    await file.end();
    expect(got).toBe(2_000_000);
  });

  it('is nothing where it does not say so', async () => {
    await using session = fakeSession(() => {}, []);
    expect(() => openSentFile(session, { signal })).toThrow(expect.toSatisfy((error) => isCaissonError(error, 'unsupported')) as Error);
  });

  it('ends with an error of its own', async () => {
    const serve = (router: ConnectRouter) =>
      router.rpc({ ...FileSend.method.diffCopy, input: BytesSchema, output: BytesSchema }, async function* () {
        yield* [];
        throw new ConnectError('disk full', Code.Unknown);
      });
    await using session = fakeSession(serve, methods);
    const file = openSentFile(session, { signal });
    await expect(
      (async () => {
        for (let i = 0; i < 1000; i++) await file.write(Buffer.alloc(100_000));
        await file.end();
      })(),
    ).rejects.toThrow('disk full');
  });
});
