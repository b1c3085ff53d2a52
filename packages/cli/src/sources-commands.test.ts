import type { IncomingMessage } from 'node:http';

import { newDeliveryId } from '@trunkline/core';
import { startHttpServer } from '@trunkline/operations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CommandResult, runCommandLine } from './testing/run-command.ts';
import { createWorkspace, type TestWorkspace } from './testing/workspace.ts';

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let workspace: TestWorkspace;
let received: Received[];
let most: number;
let answer: () => { status: number; headers?: Record<string, string>; body: string };
let server: Awaited<ReturnType<typeof startHttpServer>>;

/** In place of the ingress: keeps what arrives. */
beforeEach(async () => {
  workspace = createWorkspace();
  received = [];
  most = 0;
  let running = 0;
  answer = () => ({ status: 200, headers: { 'trunkline-delivery-id': newDeliveryId(1) }, body: '' });
  server = await startHttpServer((request, response) => {
    running += 1;
    most = Math.max(most, running);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      const { status, headers, body } = answer();
      setImmediate(() => {
        running -= 1;
        response.writeHead(status, headers).end(body);
      });
    });
  });
});
afterEach(async () => {
  await server.stop();
  workspace.remove();
});

function send(...words: string[]): Promise<CommandResult> {
  return runCommandLine(['send', ...words, '--json'], {
    directory: workspace.directory,
    environment: { TRUNKLINE_INGRESS_URL: server.url },
  });
}

/** What the verifier says about a request that arrived. */
async function verified({ url, headers, body }: Received): Promise<boolean> {
  const capture = JSON.stringify({ method: 'POST', url, headers, body });
  const { exitCode } = await runCommandLine(['verify', 'stripe', '-', '--source', 'src_stripe'], {
    directory: workspace.directory,
    stdin: Buffer.from(capture),
  });
  return exitCode === 0;
}

const idOf = ({ body }: Received): string => JSON.parse(body).id;

describe('send', () => {
  it('posts a request that its provider could have signed, to the first source that has a secret', async () => {
    const { exitCode, stdout } = await send('stripe', 'payment_intent.succeeded');

    const [request] = received;
    expect(exitCode).toBe(0);
    expect(request?.url).toBe('/hooks/src_stripe');
    expect(request !== undefined && (await verified(request))).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({ sourceId: 'src_stripe', answers: [{ status: 200 }] });
  });

  it('reckons the event ids where the provider has a reply of its own', async () => {
    const { stdout } = await send('stripe', 'payment_intent.succeeded');

    expect(JSON.parse(stdout).eventIds).toEqual([expect.stringMatching(/^evt_[0-9a-f]{32}$/)]);
  });

  it('takes the event ids that the ingress names', async () => {
    const eventId = `evt_${'7'.repeat(32)}`;
    answer = () => ({ status: 200, body: JSON.stringify({ delivery: newDeliveryId(1), events: [eventId] }) });

    const { stdout } = await send('stripe', 'payment_intent.succeeded');

    expect(JSON.parse(stdout).eventIds).toEqual([eventId]);
  });

  it('makes each sending a new event about a new payment', async () => {
    const { stdout } = await send('stripe', 'payment_intent.succeeded', '--times', '5', '--concurrency', '2');

    expect(JSON.parse(stdout).eventIds).toHaveLength(5);
    expect(new Set(received.map(idOf)).size).toBe(5);
    expect(new Set(received.map(({ body }) => JSON.parse(body).data.object.id)).size).toBe(5);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('with --same-id sends one event as often as asked, each signed', async () => {
    const { stdout } = await send('stripe', 'payment_intent.succeeded', '--times', '4', '--same-id');

    expect(JSON.parse(stdout).eventIds).toHaveLength(1);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(await Promise.all(received.map(verified))).toEqual([true, true, true, true]);
  });

  it('with --entity sends a history of one payment: each event new, the payment the same', async () => {
    await send('stripe', 'payment_intent.created', '--entity', 'pi_history');
    await send('stripe', 'payment_intent.succeeded', '--entity', 'pi_history');

    expect(received.map(({ body }) => JSON.parse(body).data.object.id)).toEqual(['pi_history', 'pi_history']);
    expect(new Set(received.map(idOf)).size).toBe(2);
  });

  it('with --bad-signature sends what no secret of the source proves, and ends with 1 when it is refused', async () => {
    answer = () => ({ status: 401, body: '{"error":"signature_invalid","message":"no"}' });

    const { exitCode, stdout } = await send('stripe', 'payment_intent.succeeded', '--bad-signature');

    const [request] = received;
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).answers[0]).toMatchObject({ status: 401, code: 'signature_invalid', detail: 'no' });
    expect(request !== undefined && (await verified(request))).toBe(false);
  });

  it('signs with whatever scheme a source of another provider has', async () => {
    const { exitCode } = await send('generic', 'order.created');

    expect(exitCode).toBe(0);
    expect(received[0]?.headers['x-signature-256']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  it.each([
    [['stripe', 'nothing'], 3, 'payment_intent.succeeded'],
    [['stripe', 'payment_intent.succeeded', '--source', 'src_nobody'], 3, 'src_stripe'],
    [['stripe', 'payment_intent.succeeded', '--source', 'src_generic'], 2, 'not of stripe'],
    [['stripe', 'payment_intent.succeeded', '--source', 'src_no_secret'], 2, 'src_no_secret'],
  ])('%j posts nothing and says what there is', async (words, exitCode, said) => {
    const result = await send(...words);

    expect(result.exitCode).toBe(exitCode);
    expect(JSON.parse(result.stdout).error.message).toContain(said);
    expect(received).toEqual([]);
  });

  it('ends with 4 when no ingress answers', async () => {
    await server.stop();

    const { exitCode, stdout } = await send(
      'stripe',
      'payment_intent.succeeded',
      '--times',
      '100',
      '--concurrency',
      '10',
    );
    server = await startHttpServer((_request, response) => response.end());

    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout).error.message).toContain('does not answer');
  });
});

describe('verify', () => {
  const captured = async (): Promise<string> => {
    await send('stripe', 'payment_intent.succeeded');
    const [request] = received;
    return JSON.stringify({ url: request?.url, headers: request?.headers, body: request?.body });
  };

  it('says what the request becomes once it is proven', async () => {
    workspace.write('capture.json', await captured());

    const { exitCode, stdout } = await runCommandLine(
      ['verify', 'stripe', 'capture.json', '--source', 'src_stripe', '--json'],
      workspace,
    );

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: true,
      secretIndex: 0,
      verdict: 'normalised',
      events: [{ type: 'payments.payment.succeeded' }],
    });
  });

  it('names the step that refuses a changed body, and one that has grown stale', async () => {
    const capture = await captured();
    workspace.write('changed.json', capture.replace('succeeded', 'succeedeD'));
    workspace.write('capture.json', capture);

    const changed = await runCommandLine(
      ['verify', 'stripe', 'changed.json', '--source', 'src_stripe', '--json'],
      workspace,
    );
    const stale = await runCommandLine(
      ['verify', 'stripe', 'capture.json', '--source', 'src_stripe', '--at', '2040-01-01T00:00:00Z', '--json'],
      workspace,
    );

    expect([changed.exitCode, JSON.parse(changed.stdout).step]).toEqual([1, 'signature_mismatch']);
    expect([stale.exitCode, JSON.parse(stale.stdout).step]).toEqual([1, 'timestamp_expired']);
  });

  it('takes its secrets from the environment or the secrets file, by name and never by value', async () => {
    workspace.write('capture.json', await captured());

    const byName = await runCommandLine(
      ['verify', 'stripe', 'capture.json', '--secret', 'env:TEST_STRIPE', '--account', 'acct_demo', '--json'],
      workspace,
    );
    const byValue = await runCommandLine(
      ['verify', 'stripe', 'capture.json', '--secret', 'whsec_of_the_test', '--json'],
      workspace,
    );

    expect(byName.exitCode).toBe(0);
    expect(byValue.exitCode).toBe(2);
    expect(byValue.stdout + byValue.stderr).not.toContain('whsec_of_the_test');
  });
});

describe('config', () => {
  it('check tells how many secrets of each source can be used', async () => {
    const { exitCode, stdout } = await runCommandLine(['config', 'check', '--json'], workspace);

    expect(exitCode).toBe(0);
    expect(
      JSON.parse(stdout).sources.map((source: { sourceId: string; secrets: number }) => [
        source.sourceId,
        source.secrets,
      ]),
    ).toEqual([
      ['src_no_secret', 0],
      ['src_stripe', 1],
      ['src_generic', 1],
    ]);
  });

  it('check ends with 1 and names the line and the fix of a mistake', async () => {
    workspace.write(
      'trunkline.yaml',
      'version: 1\ntenants:\n  - id: tnt_a\nsources:\n  - id: src_a\n    tenant: tnt_b\n    provider: strype\n',
    );

    const { exitCode, stdout } = await runCommandLine(['config', 'check', '--json'], workspace);

    const { ok, problems } = JSON.parse(stdout);
    expect({ exitCode, ok }).toEqual({ exitCode: 1, ok: false });
    expect(problems.some((problem: { line: number; fix: string }) => problem.line === 7 && problem.fix !== '')).toBe(
      true,
    );
  });

  it('schema prints a JSON Schema', async () => {
    const { exitCode, stdout } = await runCommandLine(['config', 'schema'], workspace);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).$schema).toContain('json-schema.org');
  });
});
