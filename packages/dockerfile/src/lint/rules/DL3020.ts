import { isArchive, isRemote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3020',
  severity: 'error',
  title: 'Use COPY instead of ADD for files and folders',
  why: 'ADD also unpacks and downloads; COPY says that nothing of that is meant.',
  bad: 'FROM python:3.12\nADD requirements.txt /usr/src/app/\n',
  good: 'FROM python:3.12\nCOPY requirements.txt /usr/src/app/\n',
  instructions: ['add'],
  check(context) {
    for (const add of context.all('add')) {
      const plain = add.sources.filter(({ value }) => !isRemote(value) && !isArchive(value) && !value.includes('$'));
      if (plain.length > 0 && plain.length === add.sources.length) context.report(add.range, { message: 'Use COPY instead of ADD for files and folders' });
    }
  },
});
