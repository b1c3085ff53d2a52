import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import type apiModule from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import { createTlsContext, messageOf, TrunklineError, withinMs } from '@trunkline/core';
import type { SchemaRegistry } from '@trunkline/events';

export type Compatibility =
  | 'NONE'
  | 'BACKWARD'
  | 'BACKWARD_TRANSITIVE'
  | 'FORWARD'
  | 'FORWARD_TRANSITIVE'
  | 'FULL'
  | 'FULL_TRANSITIVE';

export type CompatibilityAnswer =
  | { readonly isCompatible: true }
  /** The registry's words; they name fields, never values. */
  | { readonly isCompatible: false; readonly reasons: readonly string[] };

export interface SchemaRegistryOptions {
  /** Base of the Confluent-compatible API, such as `http://…/apis/ccompat/v7`. */
  readonly url: string;
  /** Put before every subject on the wire, so that several runs share a registry. */
  readonly namespace?: string;
  /** Of one request. */
  readonly timeoutMs: number;
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** The authority of its certificate; those that Node knows when absent. Read again at each connection. */
  readonly caFile?: string | undefined;
}

/** The registry as start-up, CLI and codec need it. Every call rejects with `dependency_unavailable` when it does not answer. */
export interface SchemaRegistryClient extends SchemaRegistry {
  /** Sets the subject's compatibility, registers the schema and returns its id. The same schema again has the same id. Incompatible: `config_invalid`. */
  register(subject: string, schema: string, compatibility: Compatibility): Promise<number>;
  /** Whether the subject's rule lets the schema in. A subject without schemas lets everything in. */
  check(subject: string, schema: string): Promise<CompatibilityAnswer>;
  /** Resolves when the registry answers. */
  probe(): Promise<void>;
}

/**
 * The HTTP layer of @kafkajs/confluent-schema-registry, and only that: its codec recompiles schemas per message, and
 * its public class gives compiled types where the codec wants the text as it was registered.
 */
export function createSchemaRegistry({
  url,
  namespace = '',
  timeoutMs,
  auth,
  caFile,
}: SchemaRegistryOptions): SchemaRegistryClient {
  const api = loadHttpLayer().default({
    host: url.replace(/\/+$/, ''),
    clientId: 'trunkline',
    // One request per call and a deadline on it: whoever calls knows best whether to try again.
    retry: { retries: 0 },
    ...(auth === undefined ? {} : { auth: { ...auth } }),
    ...(caFile === undefined ? {} : { agent: agentOf(caFile) }),
  });
  const request = { timeout: timeoutMs };
  const onWire = (subject: string): string => encodeURIComponent(namespace + subject);

  async function ask(what: string, call: () => Promise<{ data(): unknown }>): Promise<unknown> {
    try {
      // The library's own timeout covers a silent server; this one also an answer that it cannot read.
      return (await withinMs(call(), timeoutMs + 1_000, what)).data();
    } catch (cause) {
      throw failureOf(what, cause);
    }
  }

  async function register(subject: string, schema: string, compatibility: Compatibility): Promise<number> {
    const what = `registering ${subject}`;
    const params = { ...request, subject: onWire(subject) };
    await ask(what, () => api.Subject.updateConfig({ ...params, body: { compatibility } }));
    return idIn(await ask(what, () => api.Subject.register({ ...params, body: { schema } })), what);
  }

  async function idOf(subject: string, schema: string): Promise<number> {
    const what = `the id of ${subject}`;
    try {
      return idIn(
        await ask(what, () => api.Subject.registered({ ...request, subject: onWire(subject), body: { schema } })),
        what,
      );
    } catch (error) {
      if (error instanceof RegistryAnswer && error.status === 404) {
        throw new TrunklineError(
          'config_invalid',
          `the schema registry does not have this release's schema of ${subject}; register it with: trunkline schemas register`,
          { cause: error },
        );
      }
      throw error;
    }
  }

  async function schemaOf(id: number): Promise<string> {
    const what = `the schema with id ${id}`;
    try {
      return schemaIn(await ask(what, () => api.Schema.find({ ...request, id })), what);
    } catch (error) {
      if (!(error instanceof RegistryAnswer)) throw error;
      if (error.status !== 404) throw new TrunklineError('dependency_unavailable', error.message, { cause: error });
      throw new TrunklineError('schema_unknown', `the schema registry has no schema with id ${id}`, { cause: error });
    }
  }

  async function check(subject: string, schema: string): Promise<CompatibilityAnswer> {
    try {
      return compatibilityIn(
        await ask(`checking ${subject}`, () =>
          api.Subject.compatible({ ...request, subject: onWire(subject), verbose: true, body: { schema } }),
        ),
      );
    } catch (error) {
      if (error instanceof RegistryAnswer && error.status === 404) return { isCompatible: true };
      throw error;
    }
  }

  return {
    register,
    idOf,
    schemaOf,
    check,
    probe: async () => {
      await ask('listing subjects', () => api.Subject.all(request));
    },
  };
}

/**
 * By require: an `import` of this CommonJS file gives its function or an object around it, depending on whether Node or
 * a test runner loads it.
 */
function loadHttpLayer(): typeof apiModule {
  const load = createRequire(import.meta.url);
  // The types are the library's own for this very file.
  return load('@kafkajs/confluent-schema-registry/dist/api/index.js') as typeof apiModule;
}

/** Opens connections that believe the authorities of the file. */
function agentOf(caFile: string): Agent {
  const tls = createTlsContext({ caFile, certFile: undefined, keyFile: undefined });
  return new (class extends Agent {
    // Node's types leave out what its documentation says of this method: what it returns is the connection.
    override createConnection(options: ConnectionOptions): TLSSocket {
      return connect({ ...options, secureContext: tls.current() });
    }
  })({ keepAlive: true });
}

/** The registry answered, and the answer is no. */
class RegistryAnswer extends TrunklineError {
  readonly status: number;

  constructor(what: string, status: number, cause: unknown) {
    super('config_invalid', `the schema registry refuses ${what}: ${messageOf(cause)}`, { cause });
    this.status = status;
  }
}

/** The library's words when an answer had no `message` in it. */
const withoutMessage = /- Error, status \d+/;

/**
 * The library reports a refused connection, a timeout and a refused schema alike, as status 400. They differ in that
 * the registry's API gives a message with every refusal. Whoever refuses without one (a proxy, a wrong path) is not
 * the registry, and its 404 must not turn records into poison.
 */
function failureOf(what: string, cause: unknown): TrunklineError {
  const status =
    typeof cause === 'object' && cause !== null && 'status' in cause && typeof cause.status === 'number'
      ? cause.status
      : 503;
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (isRefusal && !withoutMessage.test(messageOf(cause))) return new RegistryAnswer(what, status, cause);
  return new TrunklineError(
    'dependency_unavailable',
    `the schema registry did not answer about ${what}: ${messageOf(cause)}`,
    { cause },
  );
}

function idIn(answer: unknown, what: string): number {
  if (typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'number')
    return answer.id;
  throw unexpected(what);
}

function schemaIn(answer: unknown, what: string): string {
  if (typeof answer === 'object' && answer !== null && 'schema' in answer && typeof answer.schema === 'string')
    return answer.schema;
  throw unexpected(what);
}

function compatibilityIn(answer: unknown): CompatibilityAnswer {
  if (typeof answer !== 'object' || answer === null || !('is_compatible' in answer))
    throw unexpected('a compatibility check');
  if (answer.is_compatible === true) return { isCompatible: true };
  const messages: unknown = 'messages' in answer ? answer.messages : undefined;
  return { isCompatible: false, reasons: Array.isArray(messages) ? messages.map(String) : [] };
}

/** Something else than a registry listens there. */
function unexpected(what: string): TrunklineError {
  return new TrunklineError(
    'dependency_unavailable',
    `the schema registry answered ${what} with something that is not its API`,
  );
}
