import type { EngineEvent, EventType } from '@caisson/core';
import type { EventMessage } from '../types/event.js';

/** `sequence` is the client's own count: docker's events have none. podman's word for a container's removal is put into docker's. Undefined for types that are not containers, images, volumes, networks or builds. */
export function decodeEvent(one: EventMessage, sequence: number): EngineEvent | undefined {
  const types: readonly EventType[] = ['container', 'image', 'volume', 'network', 'builder'];
  const type = types.find((known) => known === one.Type);
  if (!type) return undefined;
  return { sequence, at: new Date(one.timeNano ? one.timeNano / 1e6 : one.time * 1000), type, action: type === 'container' && one.Action === 'remove' ? 'destroy' : one.Action, actor: one.Actor.ID, attributes: one.Actor.Attributes ?? {} };
}
