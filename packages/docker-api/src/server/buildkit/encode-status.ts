import { create, toBinary } from '@bufbuild/protobuf';
import { StatusResponseSchema } from './pb/status_pb.js';
import type { Status } from './trace.js';

export function encodeStatus(status: Status): Uint8Array {
  return toBinary(StatusResponseSchema, create(StatusResponseSchema, status));
}
