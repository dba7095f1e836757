import type { ChildProcess } from 'node:child_process';
import { CaissonError } from '../../errors.js';
import type { LogEntry } from '../engine.js';
import { parseAddress, type LogAddress } from './address.js';
import type { LogConnection, LogDriver, LogSource } from './driver.js';
import { textOf } from './text.js';

const facilities = ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'security', 'console', 'solaris-cron', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'];
const formats = ['rfc3164', 'rfc5424', 'rfc5424micro'];
const [ERROR, INFO] = [3, 6];

/** syslog (RFC 5424, RFC 3164) over UDP, TCP or TLS; without an address, the host's own through logger(1). */
export const syslog: LogDriver = {
  name: 'syslog',
  options: ['syslog-address', 'syslog-facility', 'syslog-format', 'syslog-tls-ca-cert', 'syslog-tls-cert', 'syslog-tls-key', 'syslog-tls-skip-verify'],
  check(options) {
    addressOf(options);
    facilityOf(options);
    const format = options['syslog-format'];
    if (format !== undefined && !formats.includes(format)) throw new CaissonError('invalid-argument', `the log option syslog-format is one of ${formats.join(', ')}, not ${JSON.stringify(format)}`);
  },
  async open(source, options, signal) {
    const address = addressOf(options);
    if (!address) return localConnection(source, facilities[facilityOf(options)] ?? 'daemon');
    if (address.scheme === 'udp') {
      const { Datagrams } = await import('./datagrams.js');
      const datagrams = new Datagrams(address);
      return {
        async write(entries) {
          for (const entry of entries) await datagrams.send(Buffer.from(syslogMessage(source, entry, options)));
        },
        [Symbol.asyncDispose]: () => datagrams[Symbol.asyncDispose](),
      };
    }
    const { 'syslog-tls-ca-cert': ca, 'syslog-tls-cert': cert, 'syslog-tls-key': key } = options;
    const { connectStream } = await import('./log-stream.js');
    const stream = await connectStream(address, signal, { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), skipVerify: options['syslog-tls-skip-verify'] === 'true' });
    return {
      // Octet counting would be RFC 6587's better way, but lines are what docker sends and every server takes.
      write: (entries) => stream.send(Buffer.from(entries.map((entry) => `${syslogMessage(source, entry, options)}\n`).join(''))),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    };
  },
};

function addressOf(options: Readonly<Record<string, string>>): LogAddress | undefined {
  const text = options['syslog-address'];
  return text === undefined ? undefined : parseAddress('syslog-address', text, { schemes: ['udp', 'tcp', 'tcp+tls', 'unix'], port: 514 });
}

function facilityOf(options: Readonly<Record<string, string>>): number {
  const wanted = options['syslog-facility'] ?? 'daemon';
  const number = /^\d+$/.test(wanted) ? Number(wanted) : facilities.indexOf(wanted);
  if (number < 0 || number >= facilities.length) throw new CaissonError('invalid-argument', `the log option syslog-facility is a name such as daemon or local0, not ${JSON.stringify(wanted.slice(0, 40))}`);
  return number;
}

export function syslogMessage({ tag, hostname }: LogSource, entry: LogEntry, options: Readonly<Record<string, string>>): string {
  const priority = facilityOf(options) * 8 + (entry.stream === 'stderr' ? ERROR : INFO);
  const text = textOf(entry);
  const format = options['syslog-format'];
  if (format === 'rfc5424' || format === 'rfc5424micro') return `<${priority}>1 ${format === 'rfc5424' ? entry.at.toISOString().replace(/\.\d+/, '') : entry.at.toISOString().replace(/Z$/, '000Z')} ${hostname} ${tag} ${process.pid} ${tag} - ${text}`;
  const [month, day, time] = [entry.at.toLocaleString('en-US', { month: 'short' }), String(entry.at.getDate()).padStart(2), entry.at.toTimeString().slice(0, 8)];
  return `<${priority}>${month} ${day} ${time} ${hostname} ${tag}[${process.pid}]: ${text}`;
}

/** Node has no sockets of the kind that /dev/log is: logger(1), one for each stream, has. */
function localConnection({ tag }: LogSource, facility: string): LogConnection {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const start = (level: string): ChildProcess => {
    const child = spawn('logger', ['-t', tag, '-p', `${facility}.${level}`], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('error', () => {}); // each write tells
    child.stdin?.on('error', () => {});
    return child;
  };
  const loggers = { stdout: start('info'), stderr: start('err') };
  return {
    async write(entries) {
      for (const name of ['stdout', 'stderr'] as const) {
        const text = entries.filter(({ stream }) => stream === name).map((entry) => `${textOf(entry)}\n`).join('');
        const { stdin } = loggers[name];
        if (text !== '') await new Promise<void>((resolve, reject) => (stdin ? stdin.write(text, (error) => (error ? reject(error) : resolve())) : reject(new Error('logger(1) cannot be run'))));
      }
    },
    async [Symbol.asyncDispose]() {
      for (const child of Object.values(loggers)) {
        child.stdin?.end();
        if (child.exitCode === null && child.pid !== undefined) await new Promise((resolve) => child.once('exit', resolve));
      }
    },
  };
}
