import { execFileSync } from 'node:child_process';

import { providers } from '@trunkline/providers';
import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CommandResult, runCommandLine } from '../testing/run-command.ts';
import { createWorkspace, type TestWorkspace } from '../testing/workspace.ts';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = createWorkspace();
});
afterEach(() => workspace.remove());

const run = (words: readonly string[], stdin: Uint8Array | string = '', environment = {}): Promise<CommandResult> =>
  runCommandLine(words, { directory: workspace.directory, stdin: Buffer.from(stdin), environment });

describe('sign', () => {
  it.for(providers.map(({ name }) => name))(
    'makes of a body what %s could have sent: verify accepts it',
    async (name) => {
      const [event = ''] = listFixtures(name);
      const fixture = loadFixture(name, event);
      const secret = providers.find((provider) => provider.name === name)?.secrets.generate() ?? '';
      const settings = ['--secret', 'env:S', '--options', JSON.stringify(fixture.options ?? {})];
      const { method, query, headers } = fixture.request;
      const url = `https://hooks.example.com/hooks/src_a${query}`;
      const words = headers.flatMap(([header, value]) => ['--header', `${header}: ${value}`]);

      const signed = await run(
        ['sign', name, '-', ...settings, '--url', url, '--method', method, ...words, '--json'],
        fixture.request.body,
        { S: secret },
      );
      const verified = await run(['verify', name, '-', ...settings, '--json'], signed.stdout, { S: secret });

      expect(signed.exitCode, signed.stderr).toBe(0);
      expect(JSON.parse(verified.stdout)).toMatchObject({ accepted: true });
    },
  );

  it('prints one header a line, the type of the body among them', async () => {
    const { exitCode, stdout } = await run(
      ['sign', 'stripe', '-', '--source', 'src_stripe', '--at', '2026-03-02T10:15:30Z'],
      '{}',
    );

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Content-Type: application\/json\nStripe-Signature: t=1772446530,v1=[0-9a-f]{64}\n$/);
  });

  it('prints a curl line that a shell takes apart into the same words', async () => {
    const body = `{"it's": "$HOME \`x\` \\"quoted\\""}`;

    const { stdout } = await run(['sign', 'stripe', '-', '--source', 'src_stripe', '--curl'], body);

    const words = execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${stdout}`])
      .toString()
      .split('\0');
    expect(words).toContain(body);
    expect(words).toContain('Content-Type: application/json');
    expect(words).toContain('http://localhost/hooks/src_stripe');
  });

  it('names the file in a curl line, so that its bytes are sent as they are', async () => {
    workspace.write('body.json', '{}');

    const { stdout } = await run(['sign', 'stripe', 'body.json', '--source', 'src_stripe', '--curl']);

    expect(stdout).toContain("--data-binary '@body.json'");
  });

  it.each([
    [['sign', 'twilio', '-', '--secret', 'env:TEST_STRIPE'], 'give --url'],
    [['sign', 'stripe', '-', '--source', 'src_no_secret'], 'no usable secret'],
    [['sign', 'stripe', '-', '--source', 'src_stripe', '--header', 'no colon'], 'Name: value'],
    [['sign', 'stripe', '-', '--source', 'src_stripe', '--method', 'PUT'], 'POST or GET'],
    [['sign', 'standard_webhooks', '-', '--secret', 'env:TEST_BAD'], 'cannot be signed'],
  ])('%j is refused as a mistake that is named', async (words, reason) => {
    const { exitCode, stdout, stderr } = await run(words, '{}', { TEST_BAD: '€€€' });

    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain(reason);
  });
});
