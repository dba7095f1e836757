import { request } from 'node:http';
import { createServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { Code, ConnectError, createClient, type Client, type Transport } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlainConnection } from '../../packages/docker-api/src/server/buildkit/connection.js';
import { Outbox } from '../../packages/docker-api/src/server/buildkit/outbox.js';
import { Control } from '../../packages/docker-api/src/server/buildkit/pb/control_pb.js';
import { FileSync, Packet_Type as Type } from '../../packages/docker-api/src/server/buildkit/pb/fsutil_pb.js';
import { LLBBridge } from '../../packages/docker-api/src/server/buildkit/pb/gateway_pb.js';
import { StreamConnection } from '../../packages/docker-api/src/server/buildkit/stream-connection.js';
import { openTransport } from '../../packages/docker-api/src/server/buildkit/transport.js';
import { CaissonHost, dockerCli } from './api-support.js';
import { isRoot } from './support.js';

describe.skipIf(!isRoot || dockerCli === '')('BuildKit’s API (needs root and docker’s command line)', () => {
  let caisson: CaissonHost;
  let transport: Transport;
  let close: () => void;
  let control: Client<typeof Control>;

  beforeAll(async () => {
    caisson = await CaissonHost.start();
    const connection = await new Promise<Duplex>((resolve, reject) => {
      request({ socketPath: caisson.socket, method: 'POST', path: '/grpc', headers: { Connection: 'Upgrade', Upgrade: 'h2c' } })
        .on('upgrade', (_answer, socket, head) => resolve(new PlainConnection(socket, head)))
        .on('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)))
        .on('error', reject)
        .end();
    });
    ({ transport, close } = openTransport(connection));
    control = createClient(Control, transport);
  });

  afterAll(async () => {
    close();
    await caisson.dispose();
  });

  /** A session inside a call, as buildctl has it, whose client has these files. */
  const openSession = (id: string, files: Readonly<Record<string, string>>) => {
    const names = Object.keys(files).sort();
    const server = createServer(
      connectNodeAdapter({
        routes: (router) =>
          router.service(FileSync, {
            async *diffCopy(packets, { requestHeader }) {
              // A real client goes by patterns; the Dockerfile is all that is asked for by name.
              const told = requestHeader.has('followpaths') ? names.filter((name) => name === 'Dockerfile') : names;
              for (const path of told) yield { type: Type.STAT, stat: { path, mode: 0o644, size: BigInt(files[path]?.length ?? 0), modTime: 1_600_000_000_000_000_000n } };
              yield { type: Type.STAT };
              for await (const { type, id } of packets) {
                if (type === Type.REQ) yield* [{ type: Type.DATA, id, data: Buffer.from(files[told[id] ?? ''] ?? '') }, { type: Type.DATA, id }];
                if (type === Type.FIN) return yield { type: Type.FIN };
              }
            },
          }),
      }),
    );
    const out = new Outbox<{ data: Uint8Array }>();
    const ended = new AbortController();
    const answers = control.session(out, { signal: ended.signal, headers: { 'x-docker-expose-session-uuid': id, 'x-docker-expose-session-grpc-method': '/moby.filesync.v1.FileSync/DiffCopy' } });
    server.emit('connection', new StreamConnection(answers, out));
    return { [Symbol.dispose]: () => ended.abort() };
  };

  const follow = async (ref: string) => {
    const seen = { names: new Set<string>(), logs: '' };
    for await (const { vertexes, logs } of control.status({ ref })) {
      for (const { name } of vertexes) seen.names.add(name);
      for (const { msg } of logs) seen.logs += Buffer.from(msg).toString();
    }
    return seen;
  };

  it('tells of itself', async () => {
    expect(await control.info({})).toMatchObject({ buildkitVersion: { package: 'caisson' } });
    expect((await control.listWorkers({})).record).toMatchObject([{ platforms: [{ os: 'linux' }] }]);
  });

  it('solves by the front end for Dockerfiles, with its status told meanwhile', async () => {
    using _session = openSession('one', { Dockerfile: 'FROM localhost/busybox:1\nARG A\nCOPY f /f\nRUN cat /f; echo "A=$A"\n', f: 'from the client\n' });
    const status = follow('ref-one');
    const { exporterResponse } = await control.solve({ ref: 'ref-one', session: 'one', frontend: 'dockerfile.v0', frontendAttrs: { 'build-arg:A': '5', 'label:x': 'y' }, exporters: [{ type: 'moby', attrs: { name: 'docker.io/library/grpc:1' } }] });
    expect(exporterResponse['containerimage.config.digest']).toBe(caisson.ok('inspect', '-f', '{{.Id}}', 'grpc:1'));
    expect(caisson.ok('inspect', '-f', '{{.Config.Labels}}', 'grpc:1')).toBe('map[x:y]');
    const { names, logs } = await status;
    expect(logs).toBe('from the client\nA=5\n');
    expect([...names]).toContain('[internal] load build context');
    const { record } = await control.diskUsage({});
    expect(record.map(({ description }) => description).join('\n')).toContain('COPY f /f');
    const pruned: string[] = [];
    for await (const { id } of control.prune({ all: true })) pruned.push(id);
    expect(pruned.sort()).toEqual(record.map(({ id }) => id).sort());
  });

  it('solves what a client’s own front end returns, as buildx has it', async () => {
    using _session = openSession('two', { Dockerfile: 'FROM localhost/busybox:1 AS a\nENV B=2\nFROM a\nRUN exit 3\n' });
    const gateway = createClient(LLBBridge, transport);
    const headers = { 'buildkit-controlapi-buildid': 'ref-two' };
    const solved = control.solve({ ref: 'ref-two', session: 'two', exporterDeprecated: 'moby', exporterAttrsDeprecated: { name: 'grpc:2' } });
    expect((await gateway.ping({}, { headers })).frontendApiCaps.map(({ id }) => id)).toContain('solve.base');
    const { result } = await gateway.solve({ frontend: 'dockerfile.v0', frontendOpt: { target: 'a' }, allowResultReturn: true, allowResultArrayRef: true }, { headers });
    if (!result) throw new Error('there is no result');
    await gateway.return({ result }, { headers });
    await solved;
    expect(caisson.ok('inspect', '-f', '{{index .Config.Env 1}}', 'grpc:2')).toContain('B=2');
  });

  it('says what is wrong, with the lines that it is about', async () => {
    using _session = openSession('three', { Dockerfile: 'FROM localhost/busybox:1\nRUN exit 3\n' });
    const failure = async (request: Parameters<typeof control.solve>[0]) => ConnectError.from(await control.solve(request).catch((error: unknown) => error));
    expect((await failure({ ref: 'a', session: 'three', frontend: 'dockerfile.v0' })).rawMessage).toMatch(/Dockerfile:2\n[^]*>>> RUN exit 3/);
    expect(await failure({ ref: 'b', session: 'three', frontend: 'mine.v1' })).toMatchObject({ code: Code.Unimplemented });
    expect(await failure({ ref: 'c', session: 'three', definition: Buffer.from('llb') })).toMatchObject({ code: Code.Unimplemented });
    expect(await failure({ ref: 'd', session: 'three', frontend: 'dockerfile.v0', exporters: [{ type: 'moby', attrs: {} }, { type: 'local', attrs: {} }] })).toMatchObject({ code: Code.Unimplemented });
    expect(await failure({ ref: 'e', session: 'three', frontend: 'dockerfile.v0', frontendAttrs: { 'add-hosts': 'nonsense' } })).toMatchObject({ code: Code.InvalidArgument });
    const gateway = createClient(LLBBridge, transport);
    await expect(gateway.solve({ frontend: 'dockerfile.v0' })).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(createClient(LLBBridge, transport).solve({ definition: Buffer.from('llb') }, { headers: { 'buildkit-controlapi-buildid': 'x' } })).rejects.toMatchObject({ code: Code.Unimplemented });
  });

  it('begins with an upgrade', async () => {
    expect(await caisson.call('POST', '/grpc')).toMatchObject({ status: 400 });
    expect((await caisson.call('GET', '/_ping')).status).toBe(200);
  });
});
