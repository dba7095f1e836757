import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CaissonError, type ProcessIdentity, type PublishedPort } from '@caisson/core';
import { identify, readIfThere } from '../container/folder.js';
import { onProcessEnd } from '../fd-stream.js';
import { command } from '../host/command.js';
import { requireProgram } from '../host/programs.js';
import { applyRules } from '../network/firewall.js';
import { Ground } from '../network/ground.js';
import { addAddress, setUp } from '../network/netlink.js';
import { markRule, noMarkRule, routeOfTable } from '../network/policy-route.js';
import { loadSyscalls } from '../syscalls.js';
import { GUEST, hostAddress, isSamePort, lastLine, refusedPort, type Connector } from './connector.js';

/** Names of the interfaces that ports come in by start like this; at most 15 characters are left. */
const INWARD = 'in';

/**
 * pasta keeps the address of who connects, so that an answer has to leave by the interface that the question came by: each has a mark, which
 * connections keep, and a mark leads to a routing table.
 */
const rules = `
table ip caisson-in {
  chain prerouting { type filter hook prerouting priority mangle; policy accept; }
}
flush chain ip caisson-in prerouting
table ip caisson-in {
  map marks { type ifname : mark; }
  chain prerouting {
    iifname "${INWARD}*" ct mark set iifname map @marks
    iifname != "${INWARD}*" meta mark set ct mark
  }
}
`;

/**
 * pasta(1). It takes its ports when it starts, so that one process connects the namespace with the outside, and each container that publishes
 * ports has another, with an interface of its own, which ends with them: connections of one container outlast the start and end of others.
 */
export class Pasta implements Connector {
  readonly #folder: string;
  readonly #namespace: string;

  /** @param folder has process IDs and logs, and the ports that each process has open */
  constructor(folder: string, namespace: string) {
    this.#folder = join(folder, 'pasta');
    this.#namespace = namespace;
  }

  async start(): Promise<ProcessIdentity> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const failure = await this.#run('outward', ['-I', 'pasta0', '--config-net', '-t', 'none', '-u', 'none']);
    const identity = failure === undefined ? identify(this.#pid('outward') ?? 0) : undefined;
    if (!identity) throw new CaissonError('runtime-failed', `pasta, which connects containers of ordinary users, could not be started: ${failure ?? 'it ended at once'}`, { hint: 'it needs to open /dev/net/tun; --network none and --network host do without' });
    await applyRules(new Ground(this.#namespace), rules);
    return identity;
  }

  async open(ports: readonly PublishedPort[]): Promise<void> {
    if (ports.length === 0) return;
    const name = interfaceOf(ports);
    await this.#end(name); // left by an attempt whose caller was killed
    writeFileSync(join(this.#folder, `${name}.json`), JSON.stringify(ports), { mode: 0o600 });
    const failure = await this.#run(name, ['-I', name, ...portArguments(ports)]);
    try {
      if (failure !== undefined) throw explain(ports, failure);
      await this.#lead(name);
    } catch (error) {
      await this.#end(name);
      throw error;
    }
  }

  /** Each group of ports by itself, for their processes are not the one that has ended. */
  async reopen(): Promise<void> {
    for (const name of this.#names()) if (this.#pid(name) === undefined) await this.open(this.#ports(name));
  }

  async close(ports: readonly PublishedPort[]): Promise<void> {
    for (const name of this.#names()) if (this.#ports(name).some((own) => ports.some((port) => isSamePort(own, port)))) await this.#end(name);
  }

  /** What comes in by the interface is answered through it. */
  async #lead(name: string): Promise<void> {
    const ground = new Ground(this.#namespace);
    const index = ground.index(name);
    if (index === undefined) throw new CaissonError('runtime-failed', `pasta has made no interface ${name}`);
    // The way to who asks may be another, as long as there is one. An interface without an address would be trusted with none.
    ground.sysctl(`net/ipv4/conf/${name}/rp_filter`, '2');
    ground.talk([addAddress(index, GUEST, 32), setUp(index)]);
    ground.talk([routeOfTable(index, markOf(name)), markRule(markOf(name))]);
    await applyRules(ground, `add element ip caisson-in marks { ${name} : ${markOf(name)} }\n`);
  }

  /** Resolves when the process has gone on in the background; with what it said where it could not. */
  async #run(name: string, args: readonly string[]): Promise<string | undefined> {
    const [log, pid] = [join(this.#folder, `${name}.log`), this.#pidFile(name)];
    for (const path of [log, pid]) rmSync(path, { force: true });
    // It is told all that it would otherwise take from an interface of the host, which may have none to the outside.
    const always = ['-q', '-4', '-i', 'lo', '-M', '02:00:00:00:00:01', '-a', GUEST, '-n', '24', '-g', '10.0.2.2', '-m', '65520', '-T', 'none', '-U', 'none', '--no-map-gw', '--no-dhcp', '--no-dhcpv6', '--no-ndp', '--no-ra'];
    const { code } = await command(requireProgram('pasta'), [...always, '-l', log, '-P', pid, ...args, '--netns', this.#namespace], { output: 'ignore' });
    return code === 0 ? undefined : lastLine(readIfThere(log) ?? '').replace(/^.*ERROR:\s*/, '') || `it ended with ${code}`;
  }

  /** Ends a group's process and waits for it, so that its ports can be had again. */
  async #end(name: string): Promise<void> {
    const pid = this.#pid(name);
    if (pid !== undefined) {
      await killed(pid);
      new Ground(this.#namespace).talk([noMarkRule(markOf(name))]);
    }
    for (const kind of ['pid', 'log', 'json']) rmSync(join(this.#folder, `${name}.${kind}`), { force: true });
  }

  #names(): string[] {
    return readdirSync(this.#folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
  }

  #ports(name: string): PublishedPort[] {
    return JSON.parse(readFileSync(join(this.#folder, `${name}.json`), 'utf8')) as PublishedPort[];
  }

  #pidFile(name: string): string {
    return join(this.#folder, `${name}.pid`);
  }

  /** Of the running process, which names its file on its command line: a number alone may be another's by now. */
  #pid(name: string): number | undefined {
    const pid = Number(readIfThere(this.#pidFile(name)) ?? '0');
    return pid > 0 && (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').includes(this.#pidFile(name)) ? pid : undefined;
  }
}

function killed(pid: number): Promise<void> {
  return new Promise((resolve) => {
    try {
      onProcessEnd(loadSyscalls(), pid, resolve);
      process.kill(pid, 'SIGKILL');
    } catch {
      resolve(); // it has just ended
    }
  });
}

/** One's own for each group: the first port is open once only. */
const interfaceOf = (ports: readonly PublishedPort[]) =>
  `${INWARD}${createHash('sha256').update(ports.slice(0, 1).map(spec).join('')).digest('hex').slice(0, 12)}`;

/** Also the number of its routing table: far from those that have a meaning. */
const markOf = (name: string) => 0x1000 + Number.parseInt(name.slice(-7), 16);

const spec = ({ protocol, hostIp, hostPort }: PublishedPort) => `-${protocol === 'udp' ? 'u' : 't'} ${hostAddress(hostIp)}/${hostPort}`;

/** Without ports of a protocol, it would open those of the other for it. */
const portArguments = (ports: readonly PublishedPort[]) => [...ports.flatMap((port) => spec(port).split(' ')), ...(['tcp', 'udp'] as const).flatMap((protocol) => (ports.some((port) => port.protocol === protocol) ? [] : [protocol === 'udp' ? '-u' : '-t', 'none']))];

function explain(ports: readonly PublishedPort[], failure: string): CaissonError {
  const cause = new Error(failure);
  const port = ports.find((one) => failure.includes(`'${spec(one)}'`));
  return port ? refusedPort(port, cause) : new CaissonError('runtime-failed', `pasta cannot publish ports: ${failure}`, { cause });
}
