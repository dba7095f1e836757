/** What the forward protocol is made of, as MessagePack has it. */
export type Packable = string | number | Packable[] | { readonly [name: string]: Packable } | EventTime;

/** Fluentd's extension type 0: seconds and nanoseconds. */
export class EventTime {
  readonly seconds: number;
  readonly nanoseconds: number;

  constructor(seconds: number, nanoseconds: number) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }
}

/** Encodes a value (msgpack/spec.md): integers of 32 bits, strings, lists, maps and event times. */
export function pack(value: Packable): Buffer {
  if (typeof value === 'string') return Buffer.concat([packString(Buffer.from(value))]);
  if (typeof value === 'number') return head(0xce, 4, value);
  if (value instanceof EventTime) {
    const bytes = Buffer.alloc(10);
    bytes.writeUInt16BE(0xd700);
    bytes.writeUInt32BE(value.seconds, 2);
    bytes.writeUInt32BE(value.nanoseconds, 6);
    return bytes;
  }
  if (Array.isArray(value)) return Buffer.concat([value.length < 16 ? Buffer.of(0x90 | value.length) : head(0xdd, 4, value.length), ...value.map(pack)]);
  const entries = Object.entries(value);
  return Buffer.concat([entries.length < 16 ? Buffer.of(0x80 | entries.length) : head(0xdf, 4, entries.length), ...entries.flatMap(([name, item]) => [pack(name), pack(item)])]);
}

function packString(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.length < 32 ? Buffer.of(0xa0 | bytes.length) : head(0xdb, 4, bytes.length), bytes]);
}

function head(type: number, size: 4, value: number): Buffer {
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = type;
  bytes.writeUInt32BE(value, 1);
  return bytes;
}
