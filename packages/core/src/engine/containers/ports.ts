import { CaissonError, systemCode } from '../../errors.js';
import type { PublishedPort } from '../../runtime/network-driver.js';
import { isTaken, type StateDatabase } from '../../state/database.js';
import type { ContainerRecord } from './record.js';

/** @throws CaissonError `in-use`, `denied`, `invalid-argument` where the host cannot give a port */
type PortCheck = (port: PublishedPort) => void | Promise<void>;

interface ClaimOptions {
  readonly binding?: string | undefined;
  readonly check?: PortCheck | undefined;
}

/**
 * Claims the host ports of a container that starts: each is one row, so that two containers can never have the same. Ports of 0 get a
 * free one. @param options.binding the address of those that have none @param options.check finds out whether the host has a port to give @throws CaissonError `in-use` that says whose the port is.
 */
export async function claimPorts(db: StateDatabase, record: ContainerRecord, { binding = '', check = checkByListening }: ClaimOptions = {}): Promise<PublishedPort[]> {
  const wanted = (record.options.ports ?? []).map((port) => (port.hostIp === '' ? { ...port, hostIp: binding } : port));
  if (record.options.publishAll)
    for (const exposed of record.exposed) {
      const [port = '', protocol = 'tcp'] = exposed.split('/');
      if (!wanted.some((other) => other.containerPort === Number(port) && other.protocol === protocol))
        wanted.push({ protocol: protocol as PublishedPort['protocol'], hostIp: binding, hostPort: 0, containerPort: Number(port) });
    }
  releasePorts(db, record.id);
  const claimed: PublishedPort[] = [];
  try {
    for (const port of wanted) claimed.push(port.hostPort === 0 ? await claimAny(db, record, port, check) : await claim(db, record, port, check));
    return claimed;
  } catch (error) {
    releasePorts(db, record.id);
    throw error;
  }
}

export function releasePorts(db: StateDatabase, container: string): void {
  db.run('DELETE FROM ports WHERE container = ?', container);
}

/** What `claimPorts` took and nobody has given back. */
export function claimedPorts(db: StateDatabase, container: string): PublishedPort[] {
  return db
    .all<{ protocol: string; host_port: number; host_ip: string; container_port: number }>('SELECT * FROM ports WHERE container = ?', container)
    .map((row) => ({ protocol: row.protocol as PublishedPort['protocol'], hostIp: row.host_ip, hostPort: row.host_port, containerPort: row.container_port }));
}

const everywhere = (ip: string) => ip === '' || ip === '0.0.0.0' || ip === '::';

async function claim(db: StateDatabase, record: ContainerRecord, port: PublishedPort, check: PortCheck): Promise<PublishedPort> {
  const { protocol, hostIp, hostPort, containerPort } = port;
  try {
    db.transaction(() => {
      for (const other of db.all<{ host_ip: string; name: string }>('SELECT p.host_ip, c.name FROM ports p JOIN containers c ON c.id = p.container WHERE p.protocol = ? AND p.host_port = ?', protocol, hostPort))
        if (everywhere(hostIp) || everywhere(other.host_ip) || hostIp === other.host_ip) throw taken(port, `container ${other.name}`, `choose another port, or stop that one: caisson stop ${other.name}`);
      db.run('INSERT INTO ports (protocol, host_port, host_ip, container, container_port) VALUES (?, ?, ?, ?, ?)', protocol, hostPort, hostIp, record.id, containerPort);
    });
  } catch (error) {
    throw isTaken(error) ? taken(port, 'another container') : error;
  }
  await check(port);
  return port;
}

async function claimAny(db: StateDatabase, record: ContainerRecord, port: PublishedPort, check: PortCheck): Promise<PublishedPort> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await claim(db, record, { ...port, hostPort: 32768 + Math.floor(Math.random() * 28000) }, check);
    } catch (error) {
      if (!(error instanceof CaissonError && error.code === 'in-use')) throw error;
    }
  }
  throw new CaissonError('in-use', 'no free host port was found');
}

/** A port that a program of the host listens on would be taken from it without a word: listen there for a moment to find out. */
async function checkByListening(port: PublishedPort): Promise<void> {
  if (port.protocol !== 'tcp') return;
  const { createServer } = await import('node:net');
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (systemCode(error) === 'EADDRINUSE') reject(taken(port, 'a process of the host', `choose another port; «ss -ltnp sport = :${port.hostPort}» shows the process`));
      else if (systemCode(error) === 'EADDRNOTAVAIL') reject(new CaissonError('invalid-argument', `this host has no address ${port.hostIp}`));
      else if (systemCode(error) === 'EACCES') reject(new CaissonError('denied', `port ${port.hostPort} needs more privileges`, { cause: error, hint: 'choose a port above 1023' }));
      else reject(error);
    });
    server.listen({ port: port.hostPort, host: everywhere(port.hostIp) ? '0.0.0.0' : port.hostIp, exclusive: true, reusePort: process.platform === 'linux' }, () => server.close(() => resolve()));
  });
}

function taken({ hostIp, hostPort, protocol }: PublishedPort, whose: string, hint = 'choose another port'): CaissonError {
  const where = everywhere(hostIp) ? '' : `${hostIp}:`;
  return new CaissonError('in-use', `port is already allocated: ${where}${hostPort}/${protocol} is taken by ${whose}`, { hint, details: { port: hostPort, protocol } });
}
