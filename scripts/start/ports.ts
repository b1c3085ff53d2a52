/** The ports of `npm start`: the same on every run, moved together or each by its own variable. */
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

export interface ServicePlan {
  /** The folder below services/. */
  readonly name: string;
  readonly port: number;
  /** Where its operators ask: the same, unless `port` is for webhooks. */
  readonly operatorPort: number;
}

interface MovablePort {
  readonly title: string;
  readonly standard: number;
  readonly variable: string;
}

/** The ports of each service: where it is asked, and where its operators ask if that is another. */
const portsOfServices: Readonly<Record<string, readonly [MovablePort, MovablePort?]>> = {
  ingress: [
    { title: 'ingress', standard: 18080, variable: 'TRUNKLINE_INGRESS_PORT' },
    { title: 'ingress (operators)', standard: 18089, variable: 'TRUNKLINE_INGRESS_OPERATOR_PORT' },
  ],
  telephony: [{ title: 'telephony', standard: 18091, variable: 'TRUNKLINE_TELEPHONY_PORT' }],
  payments: [{ title: 'payments', standard: 18090, variable: 'TRUNKLINE_PAYMENTS_PORT' }],
};

export const serviceNames: readonly string[] = Object.keys(portsOfServices);

/** All of them, in one list. */
export const servicePorts: readonly MovablePort[] = Object.values(portsOfServices).flatMap(([port, operators]) =>
  operators === undefined ? [port] : [port, operators],
);

/**
 * The services with the ports of the environment. Throws `config_invalid` that names every port in use, of the services
 * and of the servers that would be started with them.
 */
export async function claimPorts(env: Env, dataDir: string): Promise<readonly ServicePlan[]> {
  const plans = Object.entries(portsOfServices).map(([name, [own, operators]]) => {
    const port = portOf(env, own);
    return { name, port, operatorPort: operators === undefined ? port : portOf(env, operators) };
  });
  const wanted: WantedPort[] = servicePorts.map((movable) => ({ ...movable, port: portOf(env, movable) }));
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
