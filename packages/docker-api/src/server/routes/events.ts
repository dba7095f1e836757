import { formatReference, parseReference, withDefaultTag, type EngineEvent, type EventType } from '@caisson/core';
import { encodeEvent } from '../../encode/event.js';
import type { EventMessage } from '../../types/event.js';
import type { Call, Handler } from '../http/call.js';
import { Filters } from '../http/filters.js';
import type { Route } from '../http/router.js';
import { JsonLines } from '../streams/json-lines.js';

const known = ['config', 'container', 'daemon', 'event', 'image', 'label', 'network', 'node', 'plugin', 'scope', 'secret', 'service', 'type', 'volume'];
const types: readonly EventType[] = ['container', 'image', 'volume', 'network', 'builder'];

async function events(call: Call): Promise<undefined> {
  const filters = Filters.of(call.query, known);
  const since = call.query.time('since');
  const until = call.query.time('until');
  const wanted = filters.all('type');
  const kinds = types.filter((type) => wanted.length === 0 || wanted.includes(type));
  const lines = new JsonLines<EventMessage>(call.response);
  // Events that come between this and the first look at them would be lost to whoever has its answer's head.
  const source = call.engine.events({ ...(since ? { since } : {}), ...(until ? { until } : {}), ...(wanted.length > 0 ? { types: kinds } : {}), signal: call.watching })[Symbol.asyncIterator]();
  let next = source.next();
  next.catch(() => {});
  lines.begin();
  call.daemon.listeners++;
  try {
    for (let step = await next; !step.done; step = await next) {
      if (matches(step.value, filters)) await lines.send(encodeEvent(step.value));
      next = source.next();
    }
  } catch (error) {
    if (!call.watching.aborted) throw error;
  } finally {
    call.daemon.listeners--;
    await source.return?.();
  }
  lines.end();
  return undefined;
}

function matches(event: EngineEvent, filters: Filters): boolean {
  const { type, action, actor, attributes } = event;
  const named = (kind: string) => filters.some(kind, (value) => type === kind && (actor.startsWith(value) || attributes.name === value.replace(/^\//, '') || attributes[kind] === value));
  return (
    filters.some('event', (value) => action === value || action.startsWith(`${value}: `)) &&
    filters.some('scope', (value) => value === 'local') &&
    filters.labels(attributes) &&
    filters.some('container', (value) => (type === 'container' && (actor.startsWith(value) || attributes.name === value.replace(/^\//, ''))) || attributes.container?.startsWith(value) === true) &&
    filters.some('image', (value) => (type === 'image' && (sameImage(actor, value) || sameImage(attributes.name ?? '', value))) || (type === 'container' && sameImage(attributes.image ?? '', value))) &&
    named('volume') &&
    named('network') &&
    ['config', 'daemon', 'node', 'plugin', 'secret', 'service'].every((kind) => !filters.has(kind))
  );
}

function sameImage(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return formatReference(withDefaultTag(parseReference(a))) === formatReference(withDefaultTag(parseReference(b)));
  } catch {
    return false;
  }
}

export const eventRoutes: readonly Route<Handler>[] = [{ method: 'GET', path: '/events', handler: events }];
