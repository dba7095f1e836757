import { describe, expect, it } from 'vitest';
import { logDetails, logSettings, logSource, needsKeeping, requireJournal } from '../../../src/engine/logging/settings.js';
import { journalLine } from '../../../src/engine/logging/journal.js';
import { fakeContainer } from './fake-container.js';

const MiB = 1024 * 1024;
const settings = (logDriver: string | undefined, logOptions: Record<string, string> = {}) => logSettings({ ...(logDriver ? { logDriver } : {}), logOptions });

describe('log settings', () => {
  it('have docker\'s defaults', () => {
    expect(settings(undefined)).toEqual({ driver: 'json-file', kept: 'files', maxFiles: 1, compress: false });
    expect(settings('local')).toEqual({ driver: 'local', kept: 'files', maxSize: 20 * MiB, maxFiles: 5, compress: true });
    expect(settings('none')).toMatchObject({ kept: 'nowhere' });
    expect(settings('journald')).toMatchObject({ kept: 'journal' });
    expect(settings('gelf', { 'gelf-address': 'udp://log:12201' })).toMatchObject({ kept: 'files', maxSize: 20 * MiB, maxFiles: 5, compress: true, ships: { name: 'gelf' } });
  });

  it('are read from options', () => {
    expect(settings('json-file', { 'max-size': '10m', 'max-file': '3', compress: 'true', mode: 'non-blocking', 'max-buffer-size': '4m' })).toMatchObject({ maxSize: 10 * MiB, maxFiles: 3, compress: true });
    expect(settings('syslog', { 'cache-max-size': '1k', 'cache-max-file': '1', 'cache-compress': 'false' })).toMatchObject({ maxSize: 1024, maxFiles: 1, compress: false });
    expect(needsKeeping(settings('json-file'))).toBe(false);
    expect(needsKeeping(settings('json-file', { 'max-size': '1m' }))).toBe(true);
    expect(needsKeeping(settings('fluentd'))).toBe(true);
  });

  it.each([
    ['nowhere-else', {}, /no log driver "nowhere-else"/],
    ['json-file', { 'max-sise': '1m' }, /json-file has no option "max-sise"/],
    ['none', { tag: 'x' }, /none has no option "tag"/],
    ['json-file', { 'max-size': 'big' }, /max-size is a size/],
    ['json-file', { 'max-size': '0' }, /max-size is a size/],
    ['json-file', { 'max-size': '1m', 'max-file': '0' }, /max-file is a count/],
    ['json-file', { 'max-file': '3' }, /max-file needs max-size/],
    ['json-file', { 'max-size': '1m', compress: 'true' }, /compress needs max-file/],
    ['json-file', { 'max-size': '1m', 'max-file': '2', compress: 'yes' }, /compress is true or false/],
    ['json-file', { mode: 'fast' }, /mode is blocking or non-blocking/],
    ['json-file', { 'max-buffer-size': '1m' }, /max-buffer-size needs mode=non-blocking/],
    ['gelf', {}, /gelf needs the option gelf-address/],
    ['gelf', { 'gelf-address': 'http://x' }, /gelf-address is an address/],
    ['gelf', { 'gelf-address': 'udp://x', 'gelf-compression-type': 'zip' }, /gelf-compression-type/],
    ['syslog', { 'syslog-address': 'udp://x:99999' }, /syslog-address is an address/],
    ['syslog', { 'syslog-facility': 'nobody' }, /syslog-facility/],
    ['syslog', { 'syslog-format': 'rfc1' }, /syslog-format/],
    ['fluentd', { 'fluentd-address': 'udp://x' }, /fluentd-address is an address/],
    ['fluentd', { 'fluentd-request-ack': 'true' }, /acknowledgements/],
  ])('of %s refuse %j', (driver, options, message) => {
    expect(() => settings(driver, options)).toThrow(message);
  });

  it('select labels and variables', () => {
    const container = fakeContainer({ labels: 'app,none', env: 'TOKEN', 'env-regex': '^LC_', 'labels-regex': 'team$' });
    expect(logDetails(container)).toEqual({ app: 'web', 'org.team': 'x', TOKEN: 'a=b', LC_ALL: 'C' });
    expect(() => logDetails(fakeContainer({ 'env-regex': '(' }))).toThrow(/env-regex is not a regular expression/);
  });

  it('make tags of templates', () => {
    expect(logSource(fakeContainer({})).tag).toBe('0123456789ab');
    expect(logSource(fakeContainer({ tag: '{{.ImageName}}/{{ .Name }}/{{.ID}}' })).tag).toBe('localhost/app:1/web/0123456789ab');
    expect(() => logSource(fakeContainer({ tag: '{{.Nothing}}' }))).toThrow(/tag cannot hold \{\{.Nothing\}\}/);
  });

  it('need a journal for journald', () => {
    expect(() => requireJournal('/nowhere/socket')).toThrow(/no journal/);
    expect(() => requireJournal('/')).not.toThrow();
  });

  it('read what journalctl prints', () => {
    const entry = (fields: object) => {
      const line = journalLine(JSON.stringify({ __REALTIME_TIMESTAMP: '1767225600123456', PRIORITY: '6', ...fields }));
      return line && { stream: line.stream, timestamp: line.timestamp, text: Buffer.from(line.data).toString('latin1') };
    };
    expect(entry({ MESSAGE: 'hello' })).toEqual({ stream: 'stdout', timestamp: '2026-01-01T00:00:00.123456Z', text: 'hello\n' });
    expect(entry({ MESSAGE: [255, 0], PRIORITY: '3' })).toMatchObject({ stream: 'stderr', text: '\xff\0\n' });
    expect(entry({ MESSAGE: 'part', CONTAINER_PARTIAL_MESSAGE: 'true' })).toMatchObject({ text: 'part' });
    expect(entry({ MESSAGE: null })).toBeUndefined();
    expect(journalLine('not json')).toBeUndefined();
  });
});
