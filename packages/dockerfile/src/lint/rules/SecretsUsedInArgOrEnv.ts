import { rule } from '../rule.js';

const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmless = /(?:_|^)(?:public)(?:_|$)/i;

export default rule({
  code: 'SecretsUsedInArgOrEnv',
  severity: 'warning',
  title: 'Do not use ARG or ENV for secrets',
  why: 'Their values are kept in the image or its history, where everybody who can pull it reads them; a secret mount is not.',
  bad: 'FROM alpine:3.20\nARG AWS_SECRET_ACCESS_KEY\n',
  good: 'FROM alpine:3.20\nRUN --mount=type=secret,id=aws,env=AWS_SECRET_ACCESS_KEY true\n',
  instructions: ['env', 'arg'],
  check(context) {
    for (const instruction of [...context.all('env'), ...context.all('arg')])
      for (const { key, keyRange } of instruction.pairs)
        if (secret.test(key) && !harmless.test(key)) context.report(keyRange, { message: `Do not use ARG or ENV instructions for sensitive data (${instruction.name} "${key}")`, hint: 'use RUN --mount=type=secret' });
  },
});
