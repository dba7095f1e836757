#!/usr/bin/env node
'use strict';
// Plain old JavaScript: it has to run on whatever Node is there, to say that it is too old.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 19)) {
  process.stderr.write('caisson: Node ' + process.versions.node + ' is too old, 22.19 or later is needed: https://nodejs.org/\n');
  process.exit(1);
}
var args = process.argv.slice(2);
// What scripts ask first of all is answered without loading anything.
if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
  process.stdout.write('Caisson version ' + require('../package.json').version + '\n');
  process.exit(0);
}
void require('../dist/start.cjs').start(__filename, require, args);
