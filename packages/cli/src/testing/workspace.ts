import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A directory with a sources file: one Stripe source with a secret, one without, and one of another provider. */
export interface TestWorkspace {
  readonly directory: string;
  write(file: string, text: string): void;
  remove(): void;
}

export const stripeSecret = 'whsec_of_the_test';

export function createWorkspace(sourcesFile: string = sampleSources): TestWorkspace {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'trunkline-cli-'));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), text);
  };
  write('trunkline.yaml', sourcesFile);
  write(
    '.trunkline/secrets.env',
    `TEST_STRIPE=${stripeSecret}\nTEST_GENERIC=generic:0123456789abcdef0123456789abcdef\n`,
  );
  return { directory, write, remove: () => rmSync(directory, { recursive: true }) };
}

const sampleSources = `version: 1
tenants:
  - id: tnt_a
    name: A
sources:
  - id: src_no_secret
    tenant: tnt_a
    provider: stripe
    account: acct_none
    secrets: [env:TEST_NOT_SET]
    options: { modes: [test] }
  - id: src_stripe
    tenant: tnt_a
    provider: stripe
    account: acct_demo
    secrets: [env:TEST_STRIPE]
    options: { modes: [test] }
  - id: src_generic
    tenant: tnt_a
    provider: generic
    secrets: [env:TEST_GENERIC]
    options:
      scheme: hmac
      header: X-Signature-256
      prefix: sha256=
      event: { id: /id, entity: /data/order/id, type: /type, time: /createdAt }
`;
