import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { type CallReport, createAddressGuard, createCaller, createDialler } from '@trunkline/http-client';
import { loopbackNetwork, startLoopback } from '@trunkline/http-client/testing';

import type { ClientDefinition, OperationDefinition } from '../contract/index.ts';
import { createExecutor, type OperationOutcome } from '../executor.ts';
import { answerWith, type Reply } from './replies.ts';

export interface SeenRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** JSON as a value, anything else as text; undefined where there was none. */
  readonly body: unknown;
}

export interface RunOptions<Credentials> {
  readonly operation: OperationDefinition<Credentials, never, unknown>;
  readonly input: never;
  readonly credentials: Credentials;
  readonly isImpatient?: boolean;
}

/** A server in the place of an API, and an executor that takes it for the API. */
export interface ApiWorld {
  reply: Reply;
  readonly correlationId: string;
  /** The clock of the executor stands still. */
  readonly nowMs: number;
  readonly requests: SeenRequest[];
  /** What the caller of an operation gets to see, and what is reported of it. */
  readonly outcomes: OperationOutcome<unknown>[];
  readonly reports: Pick<CallReport, 'outcome' | 'tookMs'>[];
  readonly url: string;
  run<Credentials>(options: RunOptions<Credentials>): Promise<OperationOutcome<unknown>>;
  reset(): void;
  close(): Promise<void>;
}

/** Longer than a server in the same process takes, however busy the machine is; where nobody answers, all of it is waited. */
const impatientMs = 100;

export async function startApiWorld<Credentials, Operations>(
  client: ClientDefinition<Credentials, Operations>,
): Promise<ApiWorld> {
  const upstream = await startLoopback((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      world.requests.push(seen(request, Buffer.concat(pieces).toString('utf8')));
      answerWith(world.reply, request, response);
    });
  });
  const guard = createAddressGuard({ allow: [loopbackNetwork] });
  const diallers = {
    patient: createDialler({ guard }),
    impatient: createDialler({ guard, limits: { firstByteTimeoutMs: impatientMs } }),
  };
  let calls = 0;

  const world: ApiWorld = {
    reply: { status: 500 },
    correlationId: 'req_0123456789abcdef0123456789abcdef',
    nowMs: Date.UTC(2026, 10, 29),
    requests: [],
    outcomes: [],
    reports: [],
    url: upstream.url,
    async run({ operation, input, credentials, isImpatient = false }) {
      const caller = createCaller({
        dialler: diallers[isImpatient ? 'impatient' : 'patient'],
        limits: { firstRepeatMs: 1, freeRepeats: 1_000 },
        // The call itself has the secrets, and whoever reports it leaves them out.
        onCall: ({ outcome, tookMs }) => world.reports.push({ outcome: withoutBody(outcome), tookMs }),
      });
      const executor = createExecutor({
        caller,
        origins: { [client.name]: upstream.url },
        clock: () => world.nowMs,
      });
      calls += 1;
      const outcome = await executor.run(
        // The client of the samples is this one; the world does not know its credentials' type.
        client as unknown as ClientDefinition<typeof credentials, Operations>,
        {
          operation,
          connection: { id: `con_${calls}`, account: 'acme', credentials },
          input,
          correlationId: world.correlationId,
        },
      );
      world.outcomes.push(outcome.kind === 'failure' ? withoutBody(outcome) : { ...outcome, output: undefined });
      return outcome;
    },
    reset() {
      for (const list of [world.requests, world.outcomes, world.reports]) list.length = 0;
    },
    close: async () => {
      await Promise.all([diallers.patient.close(), diallers.impatient.close()]);
      await upstream.close();
    },
  };
  return world;
}

/** What the provider answered is the caller's to see; everything else must be fit for a log line. */
function withoutBody<Outcome extends object>(outcome: Outcome): Outcome {
  return { ...outcome, answer: undefined, body: undefined, headers: undefined };
}

function seen({ method, url, headers }: IncomingMessage, text: string): SeenRequest {
  const isJson = headers['content-type']?.startsWith('application/json') ?? false;
  return { method, path: url, headers, body: text === '' ? undefined : isJson ? JSON.parse(text) : text };
}
