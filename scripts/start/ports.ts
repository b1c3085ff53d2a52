/** The ports of the services under `npm start`: the same on every run, each movable by its own variable. */
import { once } from 'node:events';
import { createServer } from 'node:net';

import { TrunklineError } from '@trunkline/core';

export interface ServicePlan {
  /** The folder below services/. */
  readonly name: string;
  readonly port: number;
  /** Where its operators ask: the same, unless `port` is for webhooks. */
  readonly operatorPort: number;
}

interface PortPlan {
  readonly port: number;
  readonly variable: string;
}

export const servicePlans: readonly (PortPlan & { readonly name: string; readonly operators?: PortPlan })[] = [
  {
    name: 'ingress',
    port: 18080,
    variable: 'TRUNKLINE_INGRESS_PORT',
    operators: { port: 18089, variable: 'TRUNKLINE_INGRESS_OPERATOR_PORT' },
  },
  { name: 'telephony', port: 18091, variable: 'TRUNKLINE_TELEPHONY_PORT' },
  { name: 'payments', port: 18090, variable: 'TRUNKLINE_PAYMENTS_PORT' },
];

/** The plan with the ports of the environment. Throws `config_invalid` that names a port in use and its variable. */
export async function claimServicePorts(env: NodeJS.ProcessEnv): Promise<readonly ServicePlan[]> {
  return Promise.all(
    servicePlans.map(async ({ name, operators, ...plan }) => {
      const port = await claim(name, plan, env);
      return { name, port, operatorPort: operators === undefined ? port : await claim(name, operators, env) };
    }),
  );
}

async function claim(name: string, { port: standard, variable }: PortPlan, env: NodeJS.ProcessEnv): Promise<number> {
  const port = Number(env[variable] ?? standard);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TrunklineError(
      'config_invalid',
      `${variable} is '${env[variable]}'; it must be a port number, 1 to 65535`,
    );
  }
  if (!(await isFree(port))) {
    throw new TrunklineError(
      'config_invalid',
      `port ${port}, which ${name} wants, is taken: stop what listens there, or choose another: ${variable}=${otherThan(port)} npm start`,
    );
  }
  return port;
}

/** A neighbour to suggest; inside the range also for the highest ports. */
function otherThan(port: number): number {
  return port + 1_000 > 65_535 ? port - 1_000 : port + 1_000;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  try {
    // Rejects with the server's error.
    await listening;
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
