import type { Judgement, PlainAnswer } from '@trunkline/http-client';
import type { z } from 'zod';

import type { OperationDefinition, Rate } from './operation.ts';

/** What we know of one provider's API: pure, like the provider's folder in packages/providers, whose name it shares. */
export interface ClientDefinition<Credentials, Operations> {
  readonly name: string;
  /** Scheme and host. Nothing is sent anywhere else with these credentials. */
  readonly origin: string;
  /** The version of the API that each request names, as the provider writes it; undefined where the API has one version only. */
  readonly apiVersion: string | undefined;
  /** Names the credentials in errors by their fields; a secret is marked by `secret()`. */
  readonly credentials: z.ZodType<Credentials>;
  /** The headers that show the credentials, or what is signed with them. */
  readonly authorise: (credentials: Credentials, context: AuthoriseContext) => Readonly<Record<string, string>>;
  /** Sent with every request: the version, where it is a header. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For each account. */
  readonly rates: readonly Rate[];
  /** What the API says in its own way; undefined where the status says it all. */
  readonly judge?: (answer: PlainAnswer) => Judgement | undefined;
  /** The header in which the provider names a request, for its support. */
  readonly requestIdHeader?: string;
  readonly operations: Operations;
  /** Asks who the credentials belong to. Reads only. */
  readonly identify: OperationDefinition<Credentials, void, Identity>;
}

/** What a signature may be over. */
export interface AuthoriseContext {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Of this call; no other one has it. */
  readonly callId: string;
}

/** Whose the credentials are. */
export interface Identity {
  /** The account at the provider; the API does not say it for every kind of key. */
  readonly account: string | undefined;
}

/** Keeps the types of the operations, which a list of all clients does not know. */
export function defineClient<Credentials, Operations extends object>(
  client: ClientDefinition<Credentials, Operations>,
): ClientDefinition<Credentials, Operations> {
  return client;
}

/** 100 a minute, where a provider states no rate: the careful guess of the whole product. */
export const defaultRate: Rate = { key: 'default', count: 100, periodMs: 60_000, burst: 5 };
