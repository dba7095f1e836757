import { readFileSync } from 'node:fs';
import type { StepNetwork } from '@caisson/builder';
import type { LocalEngine } from '@caisson/core';

/** The network of one RUN: by default a namespace on the containers' bridge, lent for as long as the step lasts. */
export async function stepNetwork(engine: LocalEngine, mode: 'default' | 'none' | 'host'): Promise<StepNetwork> {
  switch (mode) {
    case 'none':
      return { namespace: undefined, resolvConf: undefined, async [Symbol.asyncDispose]() {} };
    case 'host':
      return { namespace: 'host', resolvConf: readResolvConf(), async [Symbol.asyncDispose]() {} };
    case 'default': {
      const lent = await engine.networks.lend();
      return { namespace: lent.namespace, resolvConf: lent.resolvConf, [Symbol.asyncDispose]: async () => lent.giveBack() };
    }
  }
}

function readResolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return '';
  }
}
