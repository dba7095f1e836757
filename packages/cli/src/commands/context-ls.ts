import { isCaissonError } from '@caisson/core';
import { parseEndpoint } from '@caisson/docker-api/client';
import { defineCommand } from '../cli.js';
import { contextStore, currentContext, defaultContext } from '../contexts/current.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { writeOut } from '../output/write.js';

interface Row {
  readonly name: string;
  readonly description: string;
  readonly host: string;
  readonly current: boolean;
  readonly error: string;
}

export default defineCommand<{ format?: string; quiet?: boolean }>({
  configure(command) {
    command.option('--format <format>', formatHelp).option('-q, --quiet', 'only names').addHelpText('after', '\nExample:\n  caisson context ls\n');
  },
  async run(cli, _args, { format, quiet }) {
    const current = currentContext(cli);
    const rows = [defaultContext(cli), ...contextStore(cli).list()].map(({ name, description, host }): Row => ({ name, description, host, current: name === current, error: name === 'default' ? '' : faultOf(host) }));
    if (!rows.some((row) => row.current)) rows.push({ name: current, description: '', host: '', current: true, error: 'there is no such context' });
    if (quiet) for (const { name } of rows) cli.print(name);
    else writeOut(formatList(listing, rows, format));
  },
});

function faultOf(host: string): string {
  try {
    parseEndpoint(host);
    return '';
  } catch (error) {
    if (isCaissonError(error)) return error.message;
    throw error;
  }
}

const listing: Listing<Row> = {
  columns: ['Name', 'Description', 'DockerEndpoint', 'Error'],
  fields: {
    Name: ['NAME', ({ name, current }) => (current ? `${name} *` : name)],
    Description: ['DESCRIPTION', ({ description }) => description],
    DockerEndpoint: ['DOCKER ENDPOINT', ({ host }) => host],
    Error: ['ERROR', ({ error }) => error],
    Current: ['CURRENT', ({ current }) => current],
  },
};
