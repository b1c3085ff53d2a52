import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CommandResult, runCommandLine } from '../testing/run-command.ts';
import { createWorkspace, stripeSecret, type TestWorkspace } from '../testing/workspace.ts';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = createWorkspace(sources);
});
afterEach(() => workspace.remove());

const genericSecret = 'generic:0123456789abcdef0123456789abcdef';
const body = '{\n  "id": "evt_1",\n  "type": "invoice.paid"\n}';

const run = (words: readonly string[], stdin = ''): Promise<CommandResult> =>
  runCommandLine(words, { directory: workspace.directory, stdin: Buffer.from(stdin) });

/** A request that the source's provider could have sent now, as a capture. */
async function capture(provider: string, source: string, text = body): Promise<Record<string, unknown>> {
  const { stdout } = await run(['sign', provider, '-', '--source', source, '--json'], text);
  const { headers, url } = JSON.parse(stdout);
  return { method: 'POST', url, headers, body: text };
}

describe('verify', () => {
  it('says which usual mistake it is, and that the request would verify without it', async () => {
    const captured = await capture('stripe', 'src_live');

    const { exitCode, stdout } = await run(
      ['verify', 'stripe', '-', '--source', 'src_live', '--json'],
      JSON.stringify({ ...captured, body: JSON.stringify(JSON.parse(body)) }),
    );

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: false,
      step: 'signature_mismatch',
      wouldVerify: [
        {
          mistake: 'body_reserialised',
          sentence: 'would verify if the body were its JSON printed with an indent of two',
        },
      ],
      tried: { complete: true },
    });
  });

  it('knows the other sources of the file: a test secret for live', async () => {
    const captured = await capture('stripe', 'src_test');

    const { stdout } = await run(['verify', 'stripe', '-', '--source', 'src_live'], JSON.stringify(captured));

    expect(stdout).toContain('would verify if it had come to the source src_test');
  });

  it('says so when no usual mistake explains a refusal', async () => {
    const captured = await capture('stripe', 'src_live');

    const { stdout } = await run(
      ['verify', 'stripe', '-', '--source', 'src_live'],
      JSON.stringify({ ...captured, body: '{"other":true}' }),
    );

    expect(stdout).toContain('None of the usual mistakes explains it');
    expect(stdout).toContain('another secret, or another body');
  });

  it('with --no-diagnose only says which step refused it', async () => {
    const { stdout } = await run(['verify', 'stripe', '-', '--source', 'src_live', '--no-diagnose', '--json'], '{}');

    expect(JSON.parse(stdout)).toMatchObject({ step: 'missing_header' });
    expect(JSON.parse(stdout).wouldVerify).toBeUndefined();
  });

  it('gives one verdict a line, each with the settings of its own line', async () => {
    const lines = [
      await capture('stripe', 'src_live'),
      { request: await capture('stripe', 'src_test'), source: 'src_test' },
      { request: await capture('generic', 'src_generic'), provider: 'generic', source: 'src_generic' },
      {
        request: await capture('generic', 'src_generic'),
        provider: 'generic',
        secret: genericSecret,
        options: { scheme: 'hmac', header: 'X-Signature-256', prefix: 'sha256=' },
      },
      { request: await capture('generic', 'src_generic'), provider: 'generic', secret: ['env:TEST_GENERIC'] },
      { request: {}, provider: 'strype' },
      { ...(await capture('stripe', 'src_live')), body: `${body}\n` },
    ];

    const { exitCode, stdout } = await run(
      ['verify', 'stripe', '-', '--source', 'src_live', '--ndjson'],
      lines.map((line) => JSON.stringify(line)).join('\n'),
    );

    const verdicts = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(exitCode).toBe(1);
    expect(verdicts.map(({ line, accepted, sourceId }) => [line, accepted, sourceId])).toEqual([
      [1, true, 'src_live'],
      [2, true, 'src_test'],
      [3, true, 'src_generic'],
      [4, true, 'src_verify'],
      [5, false, undefined],
      [6, false, undefined],
      [7, false, 'src_live'],
    ]);
    expect(verdicts[4].error).toContain('give --options');
    expect(verdicts[5].error).toContain('strype');
    expect(verdicts[6].wouldVerify).toEqual([
      { mistake: 'body_ends', sentence: 'would verify if the body did not end in a newline' },
    ]);
  });

  it('is one document with --json and one line each without, and ends with 0 when all are authentic', async () => {
    const line = JSON.stringify(await capture('stripe', 'src_live'));

    const document = await run(['verify', 'stripe', '-', '--source', 'src_live', '--json'], `${line}\n${line}\n`);
    const screen = await run(['verify', 'stripe', '-', '--source', 'src_live'], `${line}\n${line}\n`);

    expect([document.exitCode, screen.exitCode]).toEqual([0, 0]);
    expect(JSON.parse(document.stdout)).toMatchObject({ requests: 2, accepted: 2 });
    expect(screen.stdout.match(/✓ authentic {2}stripe/g)).toHaveLength(2);
  });

  it('never prints a secret, whichever form it was given in', async () => {
    const captured = { ...(await capture('stripe', 'src_live')), body: 'another' };
    const line = { request: captured, secret: ` ${stripeSecret}` };

    const results = [
      await run(['verify', 'stripe', '-', '--source', 'src_live'], JSON.stringify(captured)),
      await run(['verify', 'stripe', '-', '--ndjson'], JSON.stringify(line)),
      await run(['verify', 'stripe', '-', '--secret', stripeSecret], JSON.stringify(captured)),
      await run(['sign', 'stripe', '-', '--secret', stripeSecret], '{}'),
      await run(['sign', 'stripe', '-', '--source', 'src_live', '--json'], '{}'),
    ];

    expect(results.map(({ exitCode }) => exitCode)).toEqual([1, 1, 2, 2, 0]);
    expect(results.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain(stripeSecret);
  });

  it.each([
    [['verify', 'stripe', 'nothing.json', '--source', 'src_live'], 'cannot be read'],
    [['verify', 'stripe', '-', '--source', 'src_live', '--secret', 'env:TEST_STRIPE'], 'not both'],
    [['verify', 'stripe', '-', '--at', 'yesterday'], 'Give a time'],
    [['verify', 'generic', '-', '--secret', 'env:TEST_GENERIC', '--options', '{'], 'Give JSON'],
    [['verify', 'generic', '-', '--secret', 'env:TEST_GENERIC'], 'give --options'],
  ])('%j is refused as a mistake that is named', async (words, reason) => {
    const { exitCode, stdout, stderr } = await run(words, '{}');

    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain(reason);
  });
});

const sources = `version: 1
tenants:
  - id: tnt_a
    name: A
sources:
  - id: src_live
    tenant: tnt_a
    provider: stripe
    account: acct_demo
    secrets: [env:TEST_STRIPE]
  - id: src_test
    tenant: tnt_a
    provider: stripe
    account: acct_other
    secrets: [env:TEST_STRIPE_TEST]
    options: { modes: [test] }
  - id: src_generic
    tenant: tnt_a
    provider: generic
    secrets: [env:TEST_GENERIC]
    options: { scheme: hmac, header: X-Signature-256, prefix: sha256= }
`;
beforeEach(() => {
  workspace.write(
    '.trunkline/secrets.env',
    `TEST_STRIPE=${stripeSecret}\nTEST_STRIPE_TEST=whsec_of_the_test_mode\nTEST_GENERIC=${genericSecret}\n`,
  );
});
