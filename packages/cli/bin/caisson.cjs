#!/usr/bin/env node
'use strict';
// Plain old JavaScript: it has to run on whatever Node is there, to say that it is too old.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 19)) {
  process.stderr.write('caisson: Node ' + process.versions.node + ' is too old, 22.19 or later is needed: https://nodejs.org/\n');
  process.exit(1);
}
require('node:module').enableCompileCache();
void require('../dist/main.cjs').main(process.argv.slice(2));
