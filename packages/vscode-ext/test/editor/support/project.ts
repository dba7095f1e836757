import type { Sandbox } from '../../../../../tests/e2e/support.js';

/** A small web site in a container of busybox: something to lint, build, break, look into and run. */
export function makeProject(sandbox: Sandbox): string {
  return sandbox.tree('shop', {
    Dockerfile: `# The shop's front page, and how often it was looked at.
FROM localhost/busybox:1 AS assets
WORKDIR /assets
COPY pages ./pages
RUN for i in $(seq 1 400); do sed "s/{{n}}/$i/" pages/product.html; done > catalog.html

FROM localhost/busybox:1
ENV SHOP_NAME harbour
WORKDIR /srv
COPY --from=assets /assets/catalog.html .
COPY pages/index.html .
RUN seq 1 120000 > /tmp/numbers.txt && gzip -c /tmp/numbers.txt > numbers.gz
RUN rm /tmp/numbers.txt
COPY serve.sh /usr/local/bin/serve
EXPOSE 8080
CMD ["/bin/sh", "/usr/local/bin/serve"]
`,
    'pages/index.html': '<!doctype html><title>Shop</title><h1>Welcome</h1>\n',
    'pages/product.html': '<article><h2>Product {{n}}</h2><p>It does what it should, and it lasts.</p></article>\n',
    // One line for each request: what is in its log does not depend on how long a test takes.
    'serve.sh': `#!/bin/sh
printf '\\033[32mlistening\\033[0m on port 8080\\n'
trap 'exit 0' TERM
n=0
httpd -f -vv -p 8080 -h /srv 2>&1 | while read -r line; do
  case $line in
    *url:*) path=\${line##*url:} n=$((n + 1)) ;;
    *response:*) printf '\\033[2m%s\\033[0m GET %s \\033[36m%s\\033[0m visitor %s\\n' "$(date +%T)" "$path" "\${line##*:}" "$n" ;;
  esac
done &
wait
`,
    '.dockerignore': '*.md\n',
    'README.md': '# Shop\n',
  });
}
