import type { FromInstruction, Instruction } from '../../instructions.js';
import { exactlyOne, readFlags, report, type Head, type Writable } from '../head.js';

const stageName = /^[a-z][a-z0-9\-_.]*$/;

export function readFrom(head: Head): Instruction | undefined {
  const platform = readFlags(head, { platform: 'string' }).get('platform')?.[0];
  const [image, asKeyword, as, ...more] = head.base.args;
  if (!image) return report(head, 'arguments', 'FROM requires either one or three arguments', undefined, 'write FROM image or FROM image AS name');
  const from: Writable<FromInstruction> = { ...head.base, kind: 'from', image };
  if (platform) from.platform = platform;
  if (!asKeyword) return from;
  if (!as || more.length > 0 || asKeyword.value.toLowerCase() !== 'as') {
    report(head, 'arguments', 'FROM requires either one or three arguments', asKeyword.range, 'write FROM image AS name');
    return from;
  }
  if (!stageName.test(as.value.toLowerCase()))
    report(
      head,
      'stage',
      `invalid name for build stage: ${JSON.stringify(as.value.slice(0, 60))}, name can't start with a number or contain symbols`,
      as.range,
      'a name is a letter, then letters, digits, -, _ and .',
    );
  from.asKeyword = asKeyword;
  from.as = as;
  return from;
}

export function readExpose(head: Head): Instruction | undefined {
  readFlags(head, {});
  if (head.base.args.length === 0) return report(head, 'arguments', 'EXPOSE requires at least one argument', undefined, 'write EXPOSE 8080 or EXPOSE 53/udp');
  return { ...head.base, kind: 'expose', ports: head.base.args };
}

export function readVolume(head: Head): Instruction | undefined {
  readFlags(head, {});
  if (head.base.args.length === 0) return report(head, 'arguments', 'VOLUME requires at least one argument', undefined, 'write VOLUME /path');
  const volumes = head.base.args.map((arg) => ({ value: arg.value.trim(), range: arg.range }));
  for (const volume of volumes) if (volume.value === '') report(head, 'arguments', 'VOLUME specified can not be an empty string', volume.range);
  return { ...head.base, kind: 'volume', volumes: volumes.filter((volume) => volume.value !== '') };
}

export function readUser(head: Head): Instruction | undefined {
  readFlags(head, {});
  const user = exactlyOne(head);
  return user && { ...head.base, kind: 'user', user };
}

export function readWorkdir(head: Head): Instruction | undefined {
  readFlags(head, {});
  const path = exactlyOne(head);
  return path && { ...head.base, kind: 'workdir', path };
}

export function readStopSignal(head: Head): Instruction | undefined {
  readFlags(head, {});
  const signal = exactlyOne(head);
  return signal && { ...head.base, kind: 'stopsignal', signal };
}

export function readMaintainer(head: Head): Instruction | undefined {
  readFlags(head, {});
  const maintainer = exactlyOne(head);
  return maintainer && { ...head.base, kind: 'maintainer', maintainer };
}
