import { describe, expect, it } from 'vitest';
import { layerSteps } from '../../src/decode/history.js';

const step = (CreatedBy: string, Size = 0) => ({ Id: '<missing>', Created: 0, CreatedBy, Tags: null, Size, Comment: '' });

const cases: Readonly<Record<string, { layers: number; steps: ReturnType<typeof step>[]; made: string[] }>> = {
  'those with a size, where there are as many': { layers: 2, steps: [step('ADD rootfs.tar /', 10), step('CMD ["sh"]'), step('RUN a', 5)], made: ['ADD rootfs.tar /', 'RUN a'] },
  'a RUN that changed nothing before what only sets the config': { layers: 2, steps: [step('/bin/sh -c #(nop) ADD file:0', 10), step('/bin/sh -c #(nop)  ENV A=b'), step('/bin/sh -c true')], made: ['/bin/sh -c #(nop) ADD file:0', '/bin/sh -c true'] },
  'a WORKDIR where something is missing still': { layers: 2, steps: [step('COPY . .', 1), step('USER me'), step('WORKDIR /srv')], made: ['COPY . .', 'WORKDIR /srv'] },
  'what says nothing before a WORKDIR only when it must': { layers: 2, steps: [step(''), step('WORKDIR /a'), step('RUN b', 3)], made: ['WORKDIR /a', 'RUN b'] },
  'no more than there are': { layers: 1, steps: [step('RUN a', 1), step('RUN b', 1)], made: ['RUN a'] },
};

describe('steps of a history that made layers', () => {
  it.each(Object.entries(cases))('%s', (_, { layers, steps, made }) => {
    const found = layerSteps(steps, layers);
    expect(steps.filter((one) => found.has(one)).map(({ CreatedBy }) => CreatedBy)).toEqual(made);
  });
});
