/** Which variables of the shell reach the services that `npm start` starts, and what of the shell reaches nobody. */
import { TrunklineError } from '@trunkline/core';
import { readEnvironment, renderEnvironmentProblems, runtimeConfig } from '@trunkline/runtime';
import { listSecretVariables } from '@trunkline/sources';
import { listConnectionVariables } from '@trunkline/sources/connections';
import { listAddressVariables } from '@trunkline/sources/directory';
import { nearest } from '@trunkline/sources/nearest';
import { listSenderVariables } from '@trunkline/sources/senders';
import type { Env } from '@trunkline/stack';

import { configOf, knownVariables, services, variablesOfService } from './variables.ts';

/** `installationEnvironment` and the ports decide these; a value of the shell would be another installation's. */
export type Decided = (service: string) => Readonly<Record<string, string>>;

export interface PassedOn {
  readonly environmentOf: (service: string) => Readonly<Record<string, string>>;
  /** One line each: a variable of the shell that is set in vain. */
  readonly notes: readonly string[];
}

/**
 * Every variable that a service's own schema knows and nobody else decides, as the shell has it, and what the
 * OpenTelemetry SDK reads.
 */
export async function passOn(env: Env, decidedFor: Decided): Promise<PassedOn> {
  const environments = new Map<string, Readonly<Record<string, string>>>();
  const notes = new Set<string>();
  for (const service of services) {
    const decided = decidedFor(service);
    const passed: Record<string, string> = telemetryOf(env);
    for (const { name } of await variablesOfService(service)) {
      const value = env[name] ?? '';
      if (value === '') continue;
      const decision = decided[name] ?? decided[name.replace(/_FILE$/, '')];
      if (decision === undefined) passed[name] = value;
      else if (decision !== value) notes.add(`${name} is set in this shell, but npm start decides it`);
    }
    environments.set(service, passed);
  }
  return { environmentOf: (service) => environments.get(service) ?? {}, notes: [...notes] };
}

/**
 * Before anything is started: throws `config_invalid` when a value means nothing to the service that would be given it;
 * returns a line for each `TRUNKLINE_` variable that nothing reads.
 */
export async function checkVariables(env: Env, sourcesFile: string): Promise<readonly string[]> {
  for (const service of services) await refuseNonsense(service, env);
  return unknownOnes(env, sourcesFile);
}

function telemetryOf(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (name.startsWith('OTEL_') && value ? [[name, value]] : [])),
  );
}

/** What is missing is decided later; what is there has to be right now, before a minute is spent on servers. */
async function refuseNonsense(service: string, env: Env): Promise<void> {
  for (const schema of [await configOf(service), runtimeConfig]) {
    const reading = readEnvironment(schema, env);
    const wrong = reading.ok ? [] : reading.problems.filter(({ variable }) => (env[variable] ?? '') !== '');
    if (wrong.length > 0)
      throw new TrunklineError('config_invalid', renderEnvironmentProblems(service, wrong).trimEnd());
  }
}

async function unknownOnes(env: Env, sourcesFile: string): Promise<readonly string[]> {
  const secrets = (await listSecretVariables(sourcesFile)).map(({ variable }) => variable);
  const addresses = await listAddressVariables(sourcesFile);
  const others = [...(await listConnectionVariables(sourcesFile)), ...(await listSenderVariables(sourcesFile))];
  const known = [...(await knownVariables()).map(({ name }) => name), ...secrets, ...addresses, ...others];
  return Object.keys(env)
    .filter((name) => name.startsWith('TRUNKLINE_') && env[name] !== '' && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return `${name} is set, and nothing here reads it${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}
