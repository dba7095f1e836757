import { describe, expect, it } from 'vitest';
import { parseInterfaces } from '../../src/cgroup/interfaces.js';
import { tableOf } from '../../src/host/process-table.js';

describe('tableOf', () => {
  it('keeps the rows of some processes, and the command whole', () => {
    const text = 'UID          PID    PPID  C STIME TTY          TIME CMD\nroot           1       0  0 Jan01 ?        00:00:01 /sbin/init  --quiet\nroot          12       1  0 10:00 ?        00:00:00 sh -c sleep 5; echo 12\n';
    expect(tableOf(text, new Set([12]))).toEqual({ titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'], processes: [['root', '12', '1', '0', '10:00', '?', '00:00:00', 'sh -c sleep 5; echo 12']] });
    expect(tableOf(text, new Set([99])).processes).toEqual([]);
    expect(() => tableOf('COMMAND\nsh\n', new Set([1]))).toThrow(/no column PID/);
    expect(() => tableOf('', new Set([1]))).toThrow(/no column PID/);
  });
});

describe('parseInterfaces', () => {
  it('reads the counters of each, without loopback', () => {
    const text = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0',
      '  eth0:1296929 1000    3    4    5     6          7         8 200   20    9   10    0     0       0          0',
      'eth1: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0',
      '',
    ].join('\n');
    expect(parseInterfaces(text)).toEqual({
      eth0: { receivedBytes: 1296929, receivedPackets: 1000, receiveErrors: 3, receiveDropped: 4, sentBytes: 200, sentPackets: 20, sendErrors: 9, sendDropped: 10 },
      eth1: { receivedBytes: 1, receivedPackets: 2, receiveErrors: 0, receiveDropped: 0, sentBytes: 3, sentPackets: 4, sendErrors: 0, sendDropped: 0 },
    });
  });
});
