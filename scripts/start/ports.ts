/** The ports of `npm start`: the same on every run, moved together or each by its own variable. */
import { TrunklineError } from '@trunkline/core';
import {
  endLeftovers,
  type Env,
  partTitles,
  portOf,
  portVariable,
  requireFreePorts,
  stackKindOf,
  stackParts,
  stablePortsOf,
  type WantedPort,
} from '@trunkline/stack';

import { serviceManifests } from '../services.ts';

export interface ServicePlan {
  /** The folder below services/. */
  readonly name: string;
  readonly port: number;
  /** Where its operators ask: the same, unless `port` is for webhooks. */
  readonly operatorPort: number;
  /** Where its HTTP API is asked, if it has one. */
  readonly apiPort?: number;
}

interface MovablePort {
  readonly title: string;
  readonly standard: number;
  readonly variable: string;
}

interface PortsOfService {
  readonly name: string;
  /** Where it is asked. */
  readonly own: MovablePort;
  /** Where its operators ask, if that is another. */
  readonly operators: MovablePort | undefined;
  /** Where its HTTP API is asked, if it has one. */
  readonly api: MovablePort | undefined;
}

const portsOfServices: readonly PortsOfService[] = serviceManifests().map(({ name, port, operatorPort, apiPort }) => {
  const prefix = `TRUNKLINE_${name.toUpperCase()}`;
  return {
    name,
    own: { title: name, standard: port, variable: `${prefix}_PORT` },
    operators:
      operatorPort === undefined
        ? undefined
        : { title: `${name} (operators)`, standard: operatorPort, variable: `${prefix}_OPERATOR_PORT` },
    api:
      apiPort === undefined ? undefined : { title: `${name} (API)`, standard: apiPort, variable: `${prefix}_API_PORT` },
  };
});

export const serviceNames: readonly string[] = portsOfServices.map(({ name }) => name);

/** All of them, in one list. */
export const servicePorts: readonly MovablePort[] = portsOfServices.flatMap(portsOf);

function portsOf({ own, operators, api }: PortsOfService): readonly MovablePort[] {
  return [own, operators, api].filter((port) => port !== undefined);
}

/** Nothing depends on the journal, so a small machine may do without it. */
export const journalVariable = 'TRUNKLINE_JOURNAL';

function isJournalWanted(env: Env): boolean {
  const text = env[journalVariable] ?? '';
  if (['', 'true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw new TrunklineError('config_invalid', `${journalVariable} is '${text}'; it must be 1 or 0`);
}

/**
 * The services with the ports of the environment. Throws `config_invalid` that names every port in use, of the services
 * and of the servers that would be started with them.
 */
export async function claimPorts(env: Env, dataDir: string): Promise<readonly ServicePlan[]> {
  // Of one that is left out, the port may be anybody's.
  const started = portsOfServices.filter(({ name }) => name !== 'journal' || isJournalWanted(env));
  const plans = started.map(({ name, own, operators, api }) => {
    const port = portOf(env, own);
    return {
      name,
      port,
      operatorPort: operators === undefined ? port : portOf(env, operators),
      ...(api === undefined ? {} : { apiPort: portOf(env, api) }),
    };
  });
  const wanted: WantedPort[] = started.flatMap(portsOf).map((movable) => ({ ...movable, port: portOf(env, movable) }));
  if (stackKindOf(env) !== 'env') {
    await endLeftovers(dataDir);
    const ports = stablePortsOf(env);
    wanted.push(
      ...stackParts.map((part) => ({ title: partTitles[part], port: ports[part], variable: portVariable(part) })),
    );
  }
  await requireFreePorts(wanted);
  return plans;
}
