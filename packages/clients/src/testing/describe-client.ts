import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { ClientDefinition, OperationDefinition } from '../contract/index.ts';
import type { OperationOutcome } from '../executor.ts';
import { type ApiWorld, startApiWorld } from './api-world.ts';
import { recordSpans, type RecordedSpans } from './recorded-spans.ts';
import { bomb, endless, faultRows, html, jsonOf, type Reply } from './replies.ts';

/** One operation with what it is told, sends, is answered and gives back. */
export interface OperationSample<Credentials, Input, Output> {
  readonly operation: OperationDefinition<Credentials, Input, Output>;
  readonly input: Input;
  readonly request: {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    /** JSON as a value, a form as text. */
    readonly body?: unknown;
  };
  readonly reply: Reply;
  readonly output: Output;
  /** The fields of the JSON answer without which it is not what the API promises. */
  readonly required?: readonly string[];
}

export interface ClientCases<Credentials> {
  readonly credentials: Credentials;
  /** Texts of the credentials and the inputs that nobody may find in an error, a report or a span. */
  readonly secrets: readonly string[];
  // What an operation takes and gives is its own matter: each sample was checked where it was made (`sampleOf`).
  readonly samples: readonly OperationSample<Credentials, never, unknown>[];
}

/** Checks that input and output fit the operation, and forgets their types. */
export function sampleOf<Credentials, Input, Output>(
  sample: OperationSample<Credentials, Input, Output>,
): OperationSample<Credentials, never, unknown> {
  return sample as unknown as OperationSample<Credentials, never, unknown>;
}

/** What every client owes: its requests, the rows of the error table, bounded answers, and silence about secrets. */
export function describeClient<Credentials, Operations extends object>(
  client: ClientDefinition<Credentials, Operations>,
  { credentials, secrets, samples }: ClientCases<Credentials>,
): void {
  let world: ApiWorld;
  let spans: RecordedSpans;
  beforeAll(async () => {
    world = await startApiWorld(client);
    spans = recordSpans();
  });
  beforeEach(() => world.reset());
  afterEach(() => {
    const told = JSON.stringify([world.outcomes, world.reports, spans.all.splice(0)]);
    for (const secret of secrets) expect(told.includes(secret), `"${secret}" is told`).toBe(false);
  });
  afterAll(async () => {
    spans.stop();
    await world.close();
  });

  const run = (
    sample: OperationSample<Credentials, never, unknown>,
    reply: Reply,
    options: { readonly isImpatient?: boolean } = {},
  ): Promise<OperationOutcome<unknown>> => {
    world.reply = reply;
    return world.run({ operation: sample.operation, input: sample.input, credentials, ...options });
  };

  describe(`the client of ${client.name}`, () => {
    it('takes the credentials of its samples', () => {
      expect(client.credentials.safeParse(credentials).success).toBe(true);
    });

    it('has a sample of every operation', () => {
      const operations = [...Object.values(client.operations), client.identify];

      expect(samples.map(({ operation }) => operation).filter((operation) => !operations.includes(operation))).toEqual(
        [],
      );
      expect(samples).toHaveLength(operations.length);
    });

    it.each([
      ['endless answer', endless],
      ['gzip bomb', bomb],
    ])('reads of an %s no more than its limit', async (_, reply) => {
      const [sample] = samples;

      const outcome = sample === undefined ? undefined : await run(sample, reply);

      expect(outcome).toMatchObject({ kind: 'failure', code: 'upstream_unexpected', arrived: 'maybe' });
    });

    it('names the version of the API in each request', () => {
      for (const { operation, input } of samples) {
        const { path, headers } = operation.request(input, { credentials, idempotencyKey: 'req_1' });
        const named = [path, ...Object.values({ ...client.headers, ...headers })];
        expect(
          named.some((text) => text.includes(client.apiVersion ?? '')),
          operation.name,
        ).toBe(true);
      }
    });

    it('sends nothing anywhere but to its host', () => {
      expect(new URL(client.origin).protocol).toBe('https:');
      for (const { operation, input } of samples) {
        const { path } = operation.request(input, { credentials, idempotencyKey: 'req_1' });
        expect(new URL(path, client.origin).origin, operation.name).toBe(client.origin);
      }
    });
  });

  describe.each(samples.map((sample) => [sample.operation.name, sample] as const))(`${client.name} %s`, (_, sample) => {
    it('sends its request and gives back what was answered', async () => {
      const outcome = await run(sample, sample.reply);

      expect(outcome).toMatchObject({ kind: 'done', output: sample.output, attempts: 1 });
      expect(world.requests.map(({ method, path }) => ({ method, path }))).toEqual([
        { method: sample.request.method, path: sample.request.path },
      ]);
      expect(world.requests[0]?.body).toEqual(sample.request.body);
      expect(world.requests[0]?.headers).toMatchObject({
        ...client.authorise(credentials, { nowMs: world.nowMs, callId: world.correlationId }),
        'x-correlation-id': world.correlationId,
        'user-agent': expect.stringMatching(/^Trunkline/),
      });
    });

    it('goes on when the API tells more than it used to', async () => {
      const outcome = await run(
        sample,
        jsonOf(sample.reply, (body) => ({ ...body, a_new_field: { of: ['a', 'kind'] } })),
      );

      expect(outcome).toMatchObject({ kind: 'done', output: sample.output });
    });

    it.each(faultRows)('%s', async (__, row) => {
      const outcome = await run(sample, row.reply, row);
      const isRepeatable = sample.operation.repeatable !== 'no';

      expect(outcome).toMatchObject({
        kind: 'failure',
        code: row.code,
        arrived: row.arrived,
        attempts: row.attempts[isRepeatable ? 'repeatable' : 'other'],
      });
      expect(world.requests).toHaveLength(outcome.attempts);
    });

    it('sends the same request when it repeats it', async () => {
      await run(sample, faultRows[0]?.[1].reply ?? html);

      const [first, ...others] = world.requests.map(({ method, path, body, headers }) => [
        method,
        path,
        body,
        headers['idempotency-key'],
      ]);
      for (const other of others) expect(other).toEqual(first);
      expect(others.length).toBeGreaterThan(0);
    });

    // Where there is a body to read.
    const unreadable: readonly (readonly [string, Reply])[] = (sample.required ?? []).flatMap((field) => [
      [`an answer without ${field}`, without(sample.reply, field)],
      ['another content type', html],
      ['JSON that is none', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"sid": ' }],
    ]);
    it.each(unreadable)('is told apart from %s', async (__, reply) => {
      expect(await run(sample, reply)).toMatchObject({
        kind: 'failure',
        code: 'upstream_unexpected',
        arrived: 'maybe',
      });
    });
  });
}

function without(reply: Reply, field: string): Reply {
  return jsonOf(reply, (body) => Object.fromEntries(Object.entries(body).filter(([name]) => name !== field)));
}
