import { rule } from '../rule.js';

const secret = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;

export default rule({
  code: 'DL3064',
  severity: 'warning',
  title: 'Secrets do not belong in ARG or ENV',
  why: 'Their values can be read from the image.',
  bad: 'FROM debian:12\nENV DB_PASSWORD=hunter2\n',
  good: 'FROM debian:12\nRUN --mount=type=secret,id=db true\n',
  coveredBy: 'SecretsUsedInArgOrEnv',
  instructions: ['env', 'arg'],
  check(context) {
    for (const instruction of [...context.all('env'), ...context.all('arg')]) for (const { key, keyRange } of instruction.pairs) if (secret.test(key) && !/(?:^|_)public(?:_|$)/i.test(key)) context.report(keyRange);
  },
});
