import { CaissonError } from '../../errors.js';
import type { RuntimeParts } from '../parts.js';
import type { ContainerRecord } from './record.js';

/** What the host says of the devices that a container is given by name. @throws CaissonError `unsupported` */
export function namedDevices({ deviceEdits, runtime }: RuntimeParts, { options }: ContainerRecord) {
  if (!options.namedDevices?.length) return undefined;
  if (!deviceEdits) throw new CaissonError('unsupported', `devices cannot be given by name (${options.namedDevices[0]}) with ${runtime.name}`);
  return deviceEdits(options.namedDevices);
}
