import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { eventTypes } from '../../scripts/generators/event-types.ts';
import { readReleases } from '../../scripts/generators/releases.ts';
import { readSchemas } from '../../scripts/generators/schemas.ts';

const root = join(import.meta.dirname, '../..');

describe('generated files', () => {
  it('are what `npm run generate` writes from the schemas and the catalogue', async () => {
    const files = eventTypes.files({ schemas: await readSchemas(root), releases: await readReleases(root) });

    for (const [path, text] of files) expect(await readFile(join(root, path), 'utf8'), path).toBe(text);
  });

  it('have a shape the compiler can check: nullable as T | null, instants as numbers, records once', async () => {
    const files = eventTypes.files({ schemas: await readSchemas(root), releases: await readReleases(root) });

    const records = files.get('packages/events/src/generated/records.ts') ?? '';
    expect(records).toContain('  readonly amount: number | null;\n');
    expect(records).toContain('  readonly occurredAt: number;\n');
    expect(records).toContain('  readonly paymentMethodTypes: readonly string[] | null;\n');
    expect(records).toContain('  readonly body: Buffer;\n');
    expect(records.match(/interface Metadata /g)).toHaveLength(1);
    expect(records.match(/interface IngressHeader /g)).toHaveLength(1);
    expect(records).toContain("  readonly 'payments.payment.v1': PaymentsPayment;\n");
  });
});
