import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startHttpServer } from '@trunkline/operations/testing';
import { describe, expect, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { runBin, startBin } from './testing/run-command.ts';

// Two processes a run; on a busy machine that is seconds, not the usual half.
const limitMs = 120_000;

describe('the trunkline command', { timeout: limitMs }, () => {
  it('ends with 0 and prints nothing but JSON on stdout when asked for it', async () => {
    const { exitCode, stdout, stderr } = await runBin(['help', 'exit-codes', '--json']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout).map((row: { code: number }) => row.code)).toEqual([0, 1, 2, 3, 4, 130]);
  });

  it('ends with 1 when what it was asked about is refused', async () => {
    const { exitCode, stdout } = await runBin(['verify', 'stripe', '-', '--secret', 'env:TEST_SECRET', '--json'], {
      environment: { TEST_SECRET: 'whsec_test' },
      stdin: Buffer.from('POST /hooks/src_x HTTP/1.1\nStripe-Signature: t=1700000000,v1=00\n\n{}'),
    });

    expect(exitCode).toBe(exitCodes.refused.code);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: false });
  });

  it('ends with 2 and names the mistake in the command line', async () => {
    const mistyped = await runBin(['evnts', 'show']);
    const json = await runBin(['dlq', 'redrive', 'payments', '--rate', 'fast', '--json']);

    expect(mistyped.exitCode).toBe(exitCodes.usage.code);
    expect(mistyped.stderr).toContain('Did you mean events?');
    expect(json.exitCode).toBe(exitCodes.usage.code);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'usage', exitCode: 2 } });
  });

  it('ends with 3 when there is no such thing, and lists what there is', async () => {
    const { exitCode, stderr } = await runBin(['send', 'stripes', 'payment_intent.succeeded']);

    expect(exitCode).toBe(exitCodes.not_found.code);
    expect(stderr).toContain('standard_webhooks, stripe, telnyx');
  });

  it('ends with 4, one line and a fix when a dependency does not answer', async () => {
    const { exitCode, stdout, stderr } = await runBin(['schemas', 'check', '--registry-url', 'http://127.0.0.1:9']);

    expect(exitCode).toBe(exitCodes.unreachable.code);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('trunkline doctor');
  });

  it('passes SIGTERM on to the command, which ends what it does and says so', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const server = await startHttpServer(() => resolve());
    const child = startBin(['trace', '4bf92f3577b34da6a3ce929d0e0e4736', '--zipkin-url', server.url]);
    const ended = once(child, 'exit');
    await asked;

    child.kill('SIGTERM');

    expect(await ended).toEqual([exitCodes.interrupted.code, null]);
    await server.stop();
  });

  it('shows examples with the help of every command', async () => {
    const { exitCode, stdout } = await runBin(['dlq', 'redrive', '--help']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('--json');
  });

  it('leaves nothing behind where it is typed, whoever has no home', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trunkline-bin-'));

    const { exitCode } = await runBin(['help', 'exit-codes'], { directory, environment: { HOME: '' } });

    expect(exitCode).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});
