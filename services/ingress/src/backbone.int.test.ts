import type { SourceCatalog } from '@trunkline/sources';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';

import { startReadyIngress } from './testing/ready-ingress.ts';
import {
  catalogOf,
  type Corner,
  genericSource,
  largestBodyBytes,
  prepareCorner,
  recordsOf,
  type RunningIngress,
  startIngress,
} from './testing/running-ingress.ts';
import { answerOf, postWithToken } from './testing/sending.ts';

let corner: Corner;

beforeAll(async () => {
  corner = await prepareCorner(inject('stack'));
}, 120_000);

async function started(catalog: () => SourceCatalog): Promise<RunningIngress> {
  const ingress = await startReadyIngress({ corner, catalog });
  onTestFinished(() => ingress.app.stop(3_000));
  return ingress;
}

describe('what is published', () => {
  it('may be as large as the largest body that any source may allow, whatever the sources allowed at the start', async () => {
    let catalog = catalogOf([genericSource({ bodyLimitBytes: 1_024 })]);
    const ingress = await started(() => catalog);
    const body = JSON.stringify({ text: 'x'.repeat(largestBodyBytes - 1_024) });
    const before = await postWithToken(ingress.url, body);

    catalog = catalogOf([genericSource({ bodyLimitBytes: largestBodyBytes })]);
    const after = await postWithToken(ingress.url, body);

    const { delivery } = await answerOf(after);
    const [archived] = await recordsOf(corner, 'ingress.delivery.v1', delivery);
    expect([before.status, after.status]).toEqual([413, 200]);
    expect(archived?.record.body).toHaveLength(body.length);
  });

  it('may be so when there was no source at the start', async () => {
    let catalog = catalogOf([]);
    const ingress = await started(() => catalog);

    catalog = catalogOf([genericSource({})]);
    const response = await postWithToken(ingress.url, JSON.stringify({ text: 'x'.repeat(100_000) }));

    expect(response.status).toBe(200);
  });

  it('is checked against the topics at the start, so that no source can be raised above what they take', async () => {
    const starting = startIngress({ corner, env: { TRUNKLINE_INGRESS_LARGEST_BODY_BYTES: String(1024 * 1024) } });

    await expect(starting).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/takes records of .* trunkline topics apply/),
    });
  });
});
