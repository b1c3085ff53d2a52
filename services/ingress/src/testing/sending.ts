import { connect } from 'node:net';

import { type ReceivedRequest, Secret } from '@trunkline/providers';
import { type Fixture, loadFixture, requestOf, withFreshIds } from '@trunkline/providers/fixtures';

import { definitionOf, genericToken, stripeSecret } from './running-ingress.ts';

/** The fixture of a succeeded payment as a new event, so that tests do not see each other's. */
export function paymentSucceeded(suffix: string = Math.random().toString(36).slice(2, 12)): Fixture {
  return withFreshIds(loadFixture('stripe', 'payment_intent.succeeded'), suffix);
}

export interface Signing {
  readonly secret?: string;
  readonly sourceId?: string;
  readonly nowMs?: number;
}

/** The fixture as Stripe would send it to the source. */
export function signedByStripe(fixture: Pick<Fixture, 'request'>, url: string, signing: Signing = {}): ReceivedRequest {
  const { secret = stripeSecret, sourceId = 'src_stripe', nowMs = Date.now() } = signing;
  // requestOf reads the request of a fixture only.
  const request = requestOf(fixture as Fixture, `${url}/hooks/${sourceId}`);
  const stripe = definitionOf('stripe');
  const options = stripe.options.parse({});
  return stripe.sign(request, { sourceId, tenantId: 'tnt_test', secrets: [new Secret(secret)], options }, nowMs);
}

/** Any body, signed by the secret of the Stripe source. */
export function signedBody(body: string | Buffer, url: string, signing: Signing = {}): ReceivedRequest {
  const headers = [['content-type', 'application/json']] as const;
  return signedByStripe({ request: { method: 'POST', query: '', headers, body: Buffer.from(body) } }, url, signing);
}

export async function post(request: ReceivedRequest): Promise<Response> {
  return fetch(request.publicUrl, {
    method: request.method,
    headers: request.headers.map(([name, value]): [string, string] => [name, value]),
    body: Buffer.from(request.body),
    signal: AbortSignal.timeout(60_000),
  });
}

export async function postWithToken(url: string, body: string, query: string = ''): Promise<Response> {
  const headers = { 'x-token': genericToken, 'content-type': 'application/json' };
  return fetch(`${url}/hooks/src_generic${query}`, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(60_000),
  });
}

/** What the ingress says about a delivery, accepted or refused. */
export interface Answer {
  readonly delivery: string;
  readonly events: readonly string[];
  readonly error: string;
  readonly message: string;
}

/** The body of an answer, whose shape the test goes on to assert. */
export async function answerOf(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}

/** Writes bytes to a socket and resolves with all that came back when the other side has closed it. */
export async function sendRaw(port: number, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').setTimeout(60_000, () => socket.destroy());
    socket.on('data', (chunk: string) => (answer += chunk));
    // A reset ends it as a close does: what counts is what was answered before.
    socket.on('error', () => undefined).on('close', () => resolve(answer));
    for (const piece of pieces) socket.write(piece);
  });
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1] ?? 0);
}

export interface SlowDelivery {
  /** Resolves when the ingress has read the head: it asks for the rest. */
  readonly taken: Promise<void>;
  /** Everything that came back, once the connection is closed. */
  readonly closed: Promise<string>;
  /** Sends the second half and resolves with the answer. */
  finish(): Promise<string>;
}

/** What a server says to who expects it before it sends more: https://www.rfc-editor.org/rfc/rfc9110#section-15.2.1 */
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

/** A delivery to the generic source whose second half comes when the test says so. */
export function slowDelivery(port: number): SlowDelivery {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  const { promise: taken, resolve: take, reject } = Promise.withResolvers<void>();
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
    if (!answer.startsWith(goOn)) return;
    answer = answer.slice(goOn.length);
    take();
  });
  socket.on('error', reject);
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  const head = [`X-Token: ${genericToken}`, 'Content-Length: 4', 'Expect: 100-continue'].join('\r\n');
  socket.write(`POST /hooks/src_generic HTTP/1.1\r\nHost: h\r\n${head}\r\n\r\n{ `);
  return {
    taken,
    closed,
    finish: () => {
      socket.write(' }');
      return closed;
    },
  };
}
