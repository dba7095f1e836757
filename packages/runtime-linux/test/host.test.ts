import { describe, expect, it } from 'vitest';
import { doctor } from '../src/host/doctor.js';
import { isStatic } from '../src/host/init-program.js';
import { findProgram, requireProgram } from '../src/host/programs.js';
import { signalNumber } from '../src/container/signals.js';
import { lastMessage, ociError } from '../src/oci/runtime.js';
import { listener } from '../src/network/port-holder.js';
import { addressBytes } from '../src/network/address-bytes.js';
import { mentionedSubnets } from '../src/network/host-subnets.js';

describe('programs', () => {
  it('are found outside of PATH as well, and missing ones come with the command that installs them', () => {
    expect(findProgram('sh')).toMatch(/\/sh$/);
    expect(findProgram('/no/such/program')).toBeUndefined();
    expect(() => requireProgram('conmon-that-is-not-there')).toThrow(expect.objectContaining({ code: 'missing-dependency', hint: expect.stringMatching(/install conmon-that-is-not-there$/) as string }) as Error);
  });

  it('are told apart by whether they need libraries', () => {
    expect(isStatic('/bin/busybox')).toBe(true);
    expect(isStatic(process.execPath)).toBe(false);
    expect(isStatic('/etc/passwd')).toBe(false);
  });

  it('are all listed by the doctor', async () => {
    const findings = await doctor({ conmon: '/no/such/conmon' });
    expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(['OCI runtime', 'conmon', 'nft', 'init', 'overlayfs', 'cgroups', 'cgroup controllers']));
    expect(findings.find(({ name }) => name === 'conmon')).toMatchObject({ status: 'missing', hint: expect.stringContaining('install conmon') as string });
  });
});

describe('signals', () => {
  it.each([['TERM', 15], ['sigkill', 9], ['SIGRTMIN+3', 37], ['RTMAX-1', 63], ['0', 0], [64, 64]])('%s is %i', (name, number) => expect(signalNumber(name)).toBe(number));
  it.each(['', 'NONSENSE', '65', '-1', 'RTMIN+40', '1.5'])('%j is none', (name) => expect(() => signalNumber(name)).toThrow('unknown signal'));
});

describe('errors of the OCI runtime', () => {
  it.each([
    ['time="2026-11-21T04:24:39Z" level=error msg="runc create failed: unable to start container process: exec: \\"nope\\": executable file not found in $PATH"\n', 'unable to start container process: exec: "nope": executable file not found in $PATH'],
    ['2026-11-21T04:24:39Z: executable file `nope` not found in $PATH: No such file or directory\n', 'executable file `nope` not found in $PATH: No such file or directory'],
    ['time="x" level=warning msg="careful"\ntime="x" level=error msg="the reason"\n', 'the reason'],
    ['', ''],
  ])('%j', (text, message) => expect(lastMessage(text)).toBe(message));

  it('carry the exit code that docker gives', () => {
    expect(ociError('runc', 'level=error msg="exec: \\"x\\": executable file not found in $PATH"', 'run').details).toEqual({ exitCode: 127 });
    expect(ociError('runc', 'level=error msg="exec: \\"/etc\\": permission denied"', 'run').details).toEqual({ exitCode: 126 });
    expect(ociError('runc', 'level=error msg="chdir to cwd (\\"/x\\") set in config.json failed: no such file or directory"', 'exec').details).toEqual({ exitCode: 127 });
    expect(ociError('runc', '', 'run').message).toBe('runc run failed');
  });
});

describe('tables of the kernel', () => {
  it('tell who listens', () => {
    const table = '  sl  local_address rem_address   st\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1\n   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1\n   2: 0100007F:0051 0100007F:9999 01 0:0 0:0 0 0 0 88 1\n';
    expect(listener(table, 'tcp', '', 8080)).toBe('4242');
    expect(listener(table, 'tcp', '127.0.0.1', 8080)).toBe('4242');
    expect(listener(table, 'tcp', '10.0.0.1', 8080)).toBeUndefined();
    expect(listener(table, 'tcp', '10.0.0.1', 80)).toBe('77');
    expect(listener(table, 'tcp', '', 81)).toBeUndefined();
  });

  it('tell the subnets that rules speak of', () => {
    const rules = {
      nftables: [
        { metainfo: { version: '1.0.6' } },
        { set: { family: 'inet', table: 't', name: 's', elem: [{ prefix: { addr: '10.72.0.0', len: 16 } }, { range: ['10.9.0.1', '10.9.0.3'] }, '10.8.0.1'] } },
        { rule: { expr: [{ match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: { prefix: { addr: 'fd13:1::', len: 64 } } } }, { dnat: { addr: '10.7.0.2', port: 80 } }, { accept: null }] } },
      ],
    };
    expect(mentionedSubnets(JSON.stringify(rules)).toSorted()).toEqual(['10.7.0.2/32', '10.72.0.0/16', '10.8.0.1/32', '10.9.0.1/32', '10.9.0.3/32', 'fd13:1::/64']);
  });

  it('have addresses as bytes', () => {
    expect(addressBytes('10.0.0.255')).toEqual(Buffer.from([10, 0, 0, 255]));
    expect(addressBytes('fd00::1:2').toString('hex')).toBe('fd000000000000000000000000010002');
    expect(addressBytes('::').toString('hex')).toBe('0'.repeat(32));
    expect(addressBytes('::ffff:1.2.3.4').toString('hex')).toBe('00000000000000000000ffff01020304');
  });
});
