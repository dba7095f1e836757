import { CaissonError } from '../../errors.js';
import type { LogEntry } from '../engine.js';
import { parseAddress, type LogAddress } from './address.js';
import type { LogDriver, LogSource } from './driver.js';
import { EventTime, pack } from './msgpack.js';
import { textOf } from './text.js';

/** Fluentd's forward protocol (Forward Protocol Specification v1, forward mode) over TCP, TLS or a unix socket. */
export const fluentd: LogDriver = {
  name: 'fluentd',
  options: ['fluentd-address', 'fluentd-async', 'fluentd-async-reconnect-interval', 'fluentd-buffer-limit', 'fluentd-max-retries', 'fluentd-request-ack', 'fluentd-retry-wait', 'fluentd-sub-second-precision', 'fluentd-write-timeout'],
  check(options) {
    addressOf(options);
    if (options['fluentd-request-ack'] === 'true') throw new CaissonError('unsupported', 'the log driver fluentd does not wait for acknowledgements: leave fluentd-request-ack out');
  },
  async open(source, options, signal) {
    const { connectStream } = await import('./log-stream.js');
    const address = addressOf(options);
    if (address.scheme === 'udp') throw new CaissonError('internal', 'fluentd does not take datagrams');
    const stream = await connectStream(address, signal);
    return {
      write: (entries) => stream.send(pack([source.tag, entries.map((entry) => [eventTime(entry), fluentdRecord(source, entry)])])),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    };
  },
};

function addressOf(options: Readonly<Record<string, string>>): LogAddress {
  const text = options['fluentd-address'] ?? 'tcp://127.0.0.1:24224';
  return parseAddress('fluentd-address', text.includes('://') ? text.replace(/^tls:/, 'tcp+tls:') : `tcp://${text}`, { schemes: ['tcp', 'tcp+tls', 'unix'], port: 24224 });
}

function fluentdRecord({ container, details }: LogSource, entry: LogEntry): Record<string, string> {
  return { container_id: container.id, container_name: `/${container.name}`, source: entry.stream, log: textOf(entry), ...details };
}

/** To the nanosecond, as the monitor has noted it. */
function eventTime({ at, timestamp }: LogEntry): EventTime {
  return new EventTime(Math.floor(at.getTime() / 1000), Number((/\.(\d{1,9})/.exec(timestamp)?.[1] ?? '').padEnd(9, '0')));
}
