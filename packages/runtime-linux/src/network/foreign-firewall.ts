import { command } from '../host/command.js';
import { findProgram } from '../host/programs.js';

/**
 * Other programs' rules come beside ours: a packet has to be let through by all of them. docker's daemon and ufw, where they run, drop
 * whatever is forwarded and not named by a rule of theirs. A rule at the end of their chain names our bridges; what may come and go over
 * them is decided in our own table.
 *
 * @returns true where rules were added, which are to be taken away with the network
 */
export async function letThrough(bridge: string, six: boolean): Promise<boolean> {
  const results = [];
  for (const program of six ? ['iptables', 'ip6tables'] : ['iptables']) results.push(await letThroughOf(program, bridge));
  return results.includes(true);
}

async function letThroughOf(name: string, bridge: string): Promise<boolean> {
  const program = findProgram(name);
  if (program === undefined) return false;
  const { code, stdout } = await command(program, ['-w', '5', '-S', 'FORWARD']);
  if (code !== 0 || !/^-P FORWARD DROP$/m.test(stdout)) return false;
  for (const rule of rules(bridge)) if (!stdout.includes(`-A FORWARD ${rule.join(' ')}`)) await command(program, ['-w', '5', '-A', 'FORWARD', ...rule]);
  return true;
}

/** Takes away what `letThrough` has added. */
export async function letThroughNoMore(bridge: string): Promise<void> {
  for (const name of ['iptables', 'ip6tables']) {
    const program = findProgram(name);
    if (program === undefined) continue;
    for (const rule of rules(bridge)) await command(program, ['-w', '5', '-D', 'FORWARD', ...rule]);
  }
}

const rules = (bridge: string) => [
  ['-i', bridge, '-j', 'ACCEPT'],
  ['-o', bridge, '-j', 'ACCEPT'],
];
