import type { Clock } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';
import type { z } from 'zod';

import type { ProblemCode } from './problems.ts';

/** `GET /v1/endpoints/{endpointId}`: method and path of a route, by which the table of permissions knows it. */
export type RouteName = `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /v1/${string}`;

/** Which scope a key has to have for each route. */
export type Permissions = Readonly<Record<RouteName, string>>;

/** Who asks. */
export interface Caller {
  readonly tenantId: string;
  readonly keyId: string;
  /** As the audit has it: the key and its name. */
  readonly actor: string;
}

/** A request that was let in, and read by the schemas of its route. */
export interface Call<Path, Query, Body, Parts> {
  /** Of the caller's tenant; what it does, its audit row and its idempotency row commit together. */
  readonly tx: Transaction;
  readonly caller: Caller;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly clock: Clock;
  /** What the service gives its routes. */
  readonly parts: Parts;
}

/** What is known of a route without calling it: documents are made of this. */
export interface RouteFacts {
  /** One line. */
  readonly summary: string;
  /** What a caller should know beside that. */
  readonly description?: string;
  /** Members are strings that the path has in braces. */
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly status: 200 | 201 | 202 | 204;
  /** Left out of a 204. */
  readonly answer?: z.ZodType;
  /** Beside those that any route may answer with. */
  readonly problems: readonly ProblemCode[];
  /** It makes something, so a caller may name it by an Idempotency-Key and repeat it. */
  readonly isNamed?: true;
}

/** One route: its schemas, and what it does. */
export interface Route<Parts> extends RouteFacts {
  handle(call: Call<Record<string, string>, Record<string, unknown>, Record<string, unknown>, Parts>): Promise<unknown>;
}

type Output<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : Record<string, never>;

/** A route whose function is given what its schemas make of the request. */
export function defineRoute<
  Parts,
  Path extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
  Answer extends z.ZodType | undefined = undefined,
>(
  route: Omit<RouteFacts, 'path' | 'query' | 'body' | 'answer'> & {
    readonly path?: Path;
    readonly query?: Query;
    readonly body?: Body;
    readonly answer?: Answer;
    readonly handle: (
      call: Call<Output<Path>, Output<Query>, Output<Body>, Parts>,
    ) => Promise<Answer extends z.ZodType ? z.input<Answer> : void>;
  },
): Route<Parts> {
  // The application hands over what these very schemas have made.
  return route as unknown as Route<Parts>;
}
