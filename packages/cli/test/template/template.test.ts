import { isCaissonError } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { evaluate, parseTemplate } from '../../src/template/index.js';
import cases from './cases.json' with { type: 'json' };
import { cpuTime } from '../../../../tests/cpu-time.js';

const labels = new Map([['tier', 'front'], ['a.b', '2']]);
const data = {
  Name: 'web',
  Image: 'nginx:1.27',
  Args: ['-c', 'sleep 60'],
  Many: [1, 2, 3, 4],
  Empty: [],
  Zero: 0,
  Nil: null,
  Size: 123_456_789_012,
  Share: 0.25,
  State: { Status: 'running', Running: true, Pid: 42, Health: null },
  Labels: labels,
  Ports: new Map([['80/tcp', [{ HostIp: '0.0.0.0', HostPort: '8080' }]], ['443/tcp', [{ HostIp: '', HostPort: '8443' }]]]),
  Networks: new Map([['bridge', { IPAddress: '172.17.0.2' }]]),
  Label: (name: string) => labels.get(name) ?? '',
};

describe('templates', () => {
  it.each(cases)('$name', ({ template, expect: expected, error }) => {
    const run = () => evaluate(parseTemplate(template), data);
    if (error === undefined) expect(run()).toBe(expected);
    else {
      let message = 'no error';
      try {
        run();
      } catch (thrown) {
        if (!isCaissonError(thrown, 'invalid-argument')) throw thrown;
        message = thrown.message;
      }
      expect(message).toBe(error);
    }
  });

  it('takes time in proportion to the size', async () => {
    const time = async (count: number) => {
      const source = '{{if .Name}}{{range $i, $a := .Args}}{{$i}} {{printf "%-10s" $a}}{{end}}{{end}}\n'.repeat(count);
      const rounds: number[] = [];
      for (let round = 0; round < 3; round++) rounds.push(await cpuTime(() => evaluate(parseTemplate(source), data)));
      return Math.min(...rounds);
    };
    await time(500);
    const [small, large] = [Math.max(await time(500), 1), await time(5000)];
    expect(large / small).toBeLessThan(40);
  });

  it('comes to an end on hostile templates', async () => {
    const hostile = ['{{'.repeat(50_000), '{{('.repeat(20_000), '{{if 1}}'.repeat(20_000), `{{${'(('.repeat(5000)}1}}`, `{{"${'\\'.repeat(100_001)}`, ' '.repeat(200_000) + '{{-', '{{/*'.repeat(50_000), '{{printf "%999999999d" 1}}', '{{range 999999999}}x{{end}}', `{{"x" ${'| printf "%s%s" "x" '.repeat(3)}}`];
    for (const source of hostile) {
      expect(await cpuTime(() => expect(() => evaluate(parseTemplate(source), data), source.slice(0, 20)).toThrow(/^template|%/)), source.slice(0, 20)).toBeLessThan(5000);
    }
  });
});
