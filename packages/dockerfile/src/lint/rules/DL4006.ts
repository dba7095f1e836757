import { rule } from '../rule.js';

export default rule({
  code: 'DL4006',
  severity: 'warning',
  title: 'Set pipefail before a RUN with a pipe',
  why: 'A pipeline succeeds if its last command does: a failed download before the `|` goes unseen. In Alpine use `SHELL ["/bin/ash", "-eo", "pipefail", "-c"]`.',
  bad: 'FROM debian:12\nRUN wget -qO - https://example.com | wc -l > /number\n',
  good: 'FROM debian:12\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN wget -qO - https://example.com | wc -l > /number\n',
  instructions: ['run'],
  features: ['pipe'],
  check(context) {
    for (const run of context.runs()) {
      const shell = run.shell.join(' ');
      const { pipe } = run;
      if (!pipe || !run.posix || run.pipefail || /(?:bash|zsh|ash|ksh)(?:\.exe)?\b.*\bpipefail\b/.test(shell)) continue;
      if (/^#!.*\bpipefail\b/.test(run.run.heredocs[0]?.content ?? '')) continue;
      context.report(pipe, { message: 'Set the SHELL option -o pipefail before RUN with a pipe in it' });
    }
  },
});
