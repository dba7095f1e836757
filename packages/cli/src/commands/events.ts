import { CaissonError, type EngineEvent, type EventType } from '@caisson/core';
import { encodeEvent } from '@caisson/docker-api/encode';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy, hasLabel } from '../flags/filters.js';
import { templateData } from '../output/template-data.js';
import { evaluate, parseTemplate, toJson } from '../template/index.js';
import { parseTime } from './logs.js';

const types: readonly EventType[] = ['container', 'image', 'volume', 'network', 'builder'];

export default defineCommand<{ filter?: string[]; since?: string; until?: string; format?: string }>({
  configure(command) {
    command
      .option('-f, --filter <name=value>', 'only those of this type, event, container, image, volume, network or label', collect)
      .option('--since <time>', 'begin with events of the past: a time, or a span such as 10m')
      .option('--until <time>', 'end at this time')
      .option('--format <format>', 'json, or a Go template')
      .addHelpText('after', '\nExamples:\n  caisson events --since 10m --until 0s\n  caisson events -f type=container -f event=die --format "{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}"\n');
  },
  async run(cli, _args, { filter = [], since, until, format }) {
    const show = renderer(format);
    const match = filterBy<EngineEvent>(filter, {
      type: ({ type }, value) => type === value,
      event: ({ action }, value) => action === value || action.startsWith(`${value}:`),
      container: ({ type, actor, attributes }, value) => type === 'container' && (actor.startsWith(value) || attributes.name === value),
      image: ({ type, actor, attributes }, value) => (type === 'image' && (actor.replace('sha256:', '').startsWith(value) || actor === value || attributes.name === value)) || (type === 'container' && attributes.image === value),
      volume: ({ type, actor }, value) => type === 'volume' && actor === value,
      network: ({ type, actor, attributes }, value) => type === 'network' && (actor.startsWith(value) || attributes.name === value),
      label: ({ attributes }, value) => hasLabel(attributes, value),
      scope: (_event, value) => value === 'local',
      daemon: () => true,
    });
    const wanted = filter.flatMap((one) => /^type=(.*)$/s.exec(one)?.[1] ?? []);
    const unknown = wanted.find((type) => ![...types, 'daemon', 'plugin', 'service', 'node', 'secret', 'config'].includes(type as EventType));
    if (unknown !== undefined) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(unknown)} is not a type of event`, { hint: `use one of ${types.join(', ')}` });
    const query = {
      signal: cli.signal,
      ...(since === undefined ? {} : { since: parseTime(since, '--since') }),
      ...(until === undefined ? {} : { until: parseTime(until, '--until') }),
      ...(wanted.length > 0 ? { types: types.filter((type) => wanted.includes(type)) } : {}),
    };
    for await (const event of cli.engine.events(query)) if (match(event)) cli.print(show(event));
  },
});

/** @throws CaissonError `invalid-argument` */
function renderer(format: string | undefined): (event: EngineEvent) => string {
  if (format === 'json') return (event) => toJson(encodeEvent(event));
  if (format !== undefined && format !== '') {
    const template = parseTemplate(format);
    return (event) => {
      const message = encodeEvent(event);
      const { time, timeNano, scope, status = '', id = '', from = '' } = message;
      return evaluate(template, templateData({ ...message, Time: time, TimeNano: timeNano, Scope: scope, Status: status, ID: id, From: from }));
    };
  }
  return ({ at, type, action, actor, attributes }) => {
    const details = Object.entries(attributes).map(([key, value]) => `${key}=${value}`).sort();
    return `${at.toISOString().replace('Z', '000000Z')} ${type} ${action} ${actor}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
  };
}
