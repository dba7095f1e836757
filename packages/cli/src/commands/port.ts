import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';

export default defineCommand({
  configure(command) {
    command.argument('<container>', 'name or ID').argument('[port]', 'port of the container, such as 80/tcp').addHelpText('after', '\nExample:\n  caisson port web 80\n');
  },
  async run(cli, [name = '', wanted]) {
    const { state } = await cli.engine.containers.get(name);
    const ports = state.ports.filter(({ containerPort, protocol }) => wanted === undefined || wanted === `${containerPort}/${protocol}` || (wanted === String(containerPort) && protocol === 'tcp'));
    if (wanted !== undefined && ports.length === 0) throw new CaissonError('not-found', `port ${wanted} of container ${name} is not published`);
    for (const { containerPort, protocol, hostIp, hostPort } of ports) cli.print(`${wanted === undefined ? `${containerPort}/${protocol} -> ` : ''}${hostIp || '0.0.0.0'}:${hostPort}`);
  },
});
