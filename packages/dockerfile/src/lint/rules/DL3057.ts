import { rule } from '../rule.js';

export default rule({
  code: 'DL3057',
  severity: 'info',
  title: 'A HEALTHCHECK is missing',
  why: 'Without one an engine knows only whether the process is there, not whether it serves.',
  bad: 'FROM busybox:1.36\nCMD ["httpd"]\n',
  good: 'FROM busybox:1.36\nHEALTHCHECK CMD ["/bin/wget", "-q", "http://localhost"]\n',
  off: true,
  check(context) {
    const checked: boolean[] = [];
    for (const stage of context.stages) {
      checked.push((stage.baseStage !== undefined && checked[stage.baseStage] === true) || stage.of('healthcheck').length > 0);
      if (stage.last && stage.from && !checked[stage.index]) context.report(stage.from.range);
    }
  },
});
