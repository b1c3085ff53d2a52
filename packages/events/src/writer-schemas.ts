import { type Clock, createRecentMap, TrunklineError, withinMs } from '@trunkline/core';
import type { Type } from 'avsc';

import { writerType } from './avro-types.ts';
import type { SchemaRegistry } from './ports.ts';
import { createTurns } from './turns.ts';

/**
 * The schemas that records were written with, by registry id. A schema never changes under its id, so what was found
 * is kept; what the registry does not know is asked again after a while; an unreachable registry is never remembered.
 */
export interface WriterSchemas {
  /** The schema, if it is at hand. */
  known(id: number): Type | undefined;
  /** Asks the registry if need be. Throws `schema_unknown`, `decode_failed` (no Avro) or `dependency_unavailable`. */
  load(id: number): Promise<Type>;
}

export interface WriterSchemaLimits {
  /** How long one look-up may take before the registry counts as unreachable, milliseconds. */
  readonly registryDeadlineMs: number;
  /** How long an id the registry does not know is not asked for again, milliseconds. */
  readonly unknownForMs: number;
  /** Schemas kept: one per subject and release, so a process sees a few dozen. */
  readonly maxKept: number;
  /** Look-ups at one time; the rest wait their turn within their deadline. Poison may name many ids at once. */
  readonly maxLookups: number;
}

export const defaultWriterSchemaLimits: WriterSchemaLimits = {
  registryDeadlineMs: 5_000,
  unknownForMs: 5_000,
  maxKept: 1_000,
  maxLookups: 8,
};

interface Refusal {
  readonly error: TrunklineError;
  readonly untilMs: number;
}

/** `now` must not jump, so it is not the time of day. */
export function createWriterSchemas(
  registry: Pick<SchemaRegistry, 'schemaOf'>,
  limits: WriterSchemaLimits,
  now: Clock,
): WriterSchemas {
  const types = createRecentMap<number, Type>(limits.maxKept);
  const refusals = createRecentMap<number, Refusal>(limits.maxKept);
  const inFlight = new Map<number, Promise<Type>>();
  const takeTurn = createTurns(limits.maxLookups);

  async function load(id: number): Promise<Type> {
    const type = types.get(id);
    if (type !== undefined) return type;
    const refusal = refusals.get(id);
    if (refusal !== undefined && now() < refusal.untilMs) throw refusal.error;
    return inFlight.get(id) ?? begin(id);
  }

  /** One look-up however many records wait for it. After the deadline the next record starts a new one. */
  function begin(id: number): Promise<Type> {
    const lookup = lookUp(id).finally(() => {
      inFlight.delete(id);
    });
    inFlight.set(id, lookup);
    return lookup;
  }

  async function lookUp(id: number): Promise<Type> {
    const turn = takeTurn();
    const work = turn.granted.then(() => fetchType(id));
    try {
      return await withinMs(work, limits.registryDeadlineMs, `the schema registry's answer about id ${id}`);
    } finally {
      // Also when the answer never came: it must not keep its turn.
      turn.release();
    }
  }

  /** Remembers what it finds even when it finds it after the deadline. */
  async function fetchType(id: number): Promise<Type> {
    let text: string;
    try {
      text = await registry.schemaOf(id);
    } catch (error) {
      if (error instanceof TrunklineError && error.code === 'schema_unknown') remember(id, error);
      throw error;
    }
    try {
      const type = writerType(text);
      types.set(id, type);
      return type;
    } catch (cause) {
      const error = new TrunklineError(
        'decode_failed',
        `the schema registered as id ${id} is not an Avro schema this release reads`,
        { cause },
      );
      remember(id, error);
      throw error;
    }
  }

  function remember(id: number, error: TrunklineError): void {
    refusals.set(id, { error, untilMs: now() + limits.unknownForMs });
  }

  return { known: (id) => types.get(id), load };
}
