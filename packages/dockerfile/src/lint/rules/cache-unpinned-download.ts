import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'cache/unpinned-download',
  severity: 'info',
  title: 'A download without a checksum is never known to be the same',
  why: 'The file behind a URL may change: ADD asks the server at every build, and what came is not checked. With --checksum the cache is sure and so are you.',
  bad: 'FROM debian:12\nADD https://example.com/tool.tar.gz /tmp/\n',
  good: 'FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool.tar.gz /tmp/\n',
  instructions: ['add'],
  check(context) {
    for (const add of context.all('add')) {
      const url = add.sources.find(({ value }) => /^https?:\/\//.test(unquote(value)) && !/\.git(?:[#?]|$)/.test(unquote(value)));
      if (url && !add.checksum) context.report(url.range, { message: 'ADD of a URL without --checksum is asked for again at every build and not verified' });
    }
  },
});
