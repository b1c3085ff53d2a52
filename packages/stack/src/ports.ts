/** Which port each part listens on. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

import { TrunklineError } from '@trunkline/core';

import { partTitles } from './types.ts';
import type { StackPart } from './types.ts';

export const loopback = '127.0.0.1';

/** The ports of `npm start`: the same on every run, so that URLs can be bookmarked and other shells keep working. */
export const stablePorts: Readonly<Record<StackPart, number>> = {
  kafka: 19092,
  registry: 18081,
  postgres: 15432,
  redis: 16379,
  zipkin: 19411,
};

/** The variable that moves one part to another port. */
export function portVariable(part: StackPart): string {
  return `TRUNKLINE_${part.toUpperCase()}_PORT`;
}

// Below the ranges from which Linux (32768) and macOS (49152) take ports for outgoing connections: a stopped part must
// find its port free again, however many connections a load generator opened meanwhile.
const firstFreePort = 20_000;
const lastFreePort = 30_000;
const freePortAttempts = 100;

/** A port nobody listens on now. Somebody may take it before we do; then the part's start fails and says so. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < freePortAttempts; attempt += 1) {
    const port = randomInt(firstFreePort, lastFreePort);
    if (await isFree(port)) return port;
  }
  throw new TrunklineError('dependency_unavailable', `no free port found between ${firstFreePort} and ${lastFreePort}`);
}

/** The given ports, checked, and free ones for the rest. All taken ports are named in one message. */
export async function choosePorts(
  parts: readonly StackPart[],
  given: Partial<Record<StackPart, number>>,
): Promise<Record<StackPart, number>> {
  const chosen: Partial<Record<StackPart, number>> = {};
  const wanted: WantedPort[] = [];
  for (const part of parts) {
    const port = given[part];
    chosen[part] = port ?? (await freePort());
    if (port !== undefined) wanted.push({ title: partTitles[part], port, variable: portVariable(part) });
  }
  await requireFreePorts(wanted);
  return withUnused(chosen);
}

export interface WantedPort {
  /** Who wants it, for people. */
  readonly title: string;
  readonly port: number;
  /** The variable that moves it. */
  readonly variable: string;
}

/** Throws `config_invalid` that names every port which is taken or wanted twice, with numbers that are free to copy. */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const problems: string[] = [];
  const moved: WantedPort[] = [];
  for (const [index, want] of wanted.entries()) {
    const earlier = wanted.slice(0, index).find(({ port }) => port === want.port);
    if (earlier !== undefined) problems.push(`${want.title} and ${earlier.title} both want port ${want.port}`);
    else if (!(await isFree(want.port))) problems.push(`port ${want.port}, which ${want.title} wants, is taken`);
    else continue;
    moved.push(want);
  }
  if (problems.length === 0) return;
  const others = await freeOnes(moved, new Set(wanted.map(({ port }) => port)));
  const offset = await freeOffset(wanted);
  throw new TrunklineError(
    'config_invalid',
    `${problems.join('; ')}: stop what listens there, or ` +
      (offset === undefined ? '' : `move all: TRUNKLINE_PORT_OFFSET=${offset} npm start; or only `) +
      `choose ${moved.length === 1 ? 'another' : 'others'}: ${others} npm start`,
  );
}

const portStep = 100;
const portSteps = 20;

/** By how much all ports could be moved together. Those that have a variable of their own would stay, so then there is no such number. */
async function freeOffset(wanted: readonly WantedPort[]): Promise<number | undefined> {
  if (wanted.length < 2) return undefined;
  for (let offset = portStep; offset <= portStep * portSteps; offset += portStep) {
    const moved = wanted.map(({ port }) => port + offset);
    const free = await Promise.all(moved.map(async (port) => port <= lastPort && (await isFree(port))));
    if (free.every(Boolean)) return offset;
  }
  return undefined;
}

/** `VARIABLE=port` for each, neighbours of the taken ones. */
async function freeOnes(moved: readonly WantedPort[], chosen: Set<number>): Promise<string> {
  const settings: string[] = [];
  for (const { port, variable } of moved) {
    const direction = port + portStep * portSteps > lastPort ? -portStep : portStep;
    let other = port + direction;
    for (let step = 0; step < portSteps && (chosen.has(other) || !(await isFree(other))); step += 1) other += direction;
    chosen.add(other);
    settings.push(`${variable}=${other}`);
  }
  return settings.join(' ');
}

const lastPort = 65_535;

/** Parts that are not started have no port; 0 keeps the record total and can never be connected to. */
function withUnused(chosen: Partial<Record<StackPart, number>>): Record<StackPart, number> {
  const { kafka = 0, registry = 0, postgres = 0, redis = 0, zipkin = 0 } = chosen;
  return { kafka, registry, postgres, redis, zipkin };
}

/** True when we could listen there now. */
export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
