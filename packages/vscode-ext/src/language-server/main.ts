import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './server.js';

// The transport is on the command line: --stdio, --node-ipc or --socket=PORT.
serve(createConnection(ProposedFeatures.all));
