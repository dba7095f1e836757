import type { EngineEvent } from '@caisson/core';
import type { EventMessage } from '../types/event.js';

/** An event as `GET /events` shows it. */
export function encodeEvent({ at, type, action, actor, attributes, sequence }: EngineEvent): EventMessage {
  const milliseconds = at.getTime();
  const time = Math.floor(milliseconds / 1000);
  // Old clients read the first three.
  const old = type === 'container' || type === 'image' ? { status: action, ...(actor === '' ? {} : { id: actor }), ...(attributes.image === undefined ? {} : { from: attributes.image }) } : {};
  // Below a millisecond there is nothing but the order.
  return { ...old, Type: type, Action: action, Actor: { ID: actor, Attributes: attributes }, scope: 'local', time, timeNano: milliseconds * 1e6 + (sequence % 1000) * 1000 };
}
