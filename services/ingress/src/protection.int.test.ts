import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { startReadyIngress } from './testing/ready-ingress.ts';
import {
  type Corner,
  definitionOf,
  genericSource,
  prepareCorner,
  recordsOf,
  type RunningIngress,
  stripeSource,
} from './testing/running-ingress.ts';
import { answerOf, paymentSucceeded, post, postWithToken, type Signing, signedByStripe } from './testing/sending.ts';

const onePerHour = { requests: 1, perMs: 3_600_000, burst: 1 } as const;
const forged = { secret: 'whsec_other' } as const;
const rated = genericSource({ sourceId: 'src_generic', rate: onePerHour });
const sources = [
  stripeSource({}),
  stripeSource({ sourceId: 'src_other' }),
  stripeSource({ sourceId: 'src_blank', secrets: [] }),
  stripeSource({ sourceId: 'src_listed', allowAddresses: ['203.0.113.0/24'] }),
  stripeSource({ sourceId: 'src_local', allowAddresses: ['192.0.2.1', '127.0.0.0/8'] }),
  stripeSource({ sourceId: 'src_rated', rate: onePerHour }),
  stripeSource({ sourceId: 'src_rated_too', rate: onePerHour }),
  { ...rated, provider: { ...rated.provider, rateLimitedStatus: 503 } },
];

let corner: Corner;
/** Behind a proxy of this machine. */
let ingress: RunningIngress;
/** Without a proxy, on a dual-stack socket. */
let exposed: RunningIngress;

beforeAll(async () => {
  corner = await prepareCorner(inject('stack'));
  const env = { TRUNKLINE_TRUSTED_PROXIES: '127.0.0.1', TRUNKLINE_INGRESS_FAILED_VERIFICATIONS_PER_MINUTE: '5' };
  ingress = await startReadyIngress({ corner, sources, env });
  exposed = await startReadyIngress({ corner, sources, env: { TRUNKLINE_INGRESS_HOST: '::' } });
}, 120_000);
afterAll(async () => {
  await ingress.app.stop(3_000);
  await exposed.app.stop(3_000);
});

/** What a proxy passes on: a good delivery unless it is signed otherwise. */
async function postFrom(address: string, signing: Signing = {}, to: RunningIngress = ingress): Promise<Response> {
  const request = signedByStripe(paymentSucceeded(), to.url, signing);
  return post({ ...request, headers: [...request.headers, ['X-Forwarded-For', address]] });
}

async function statusesOf(count: number, send: () => Promise<Response>): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await send()).status);
  return statuses;
}

describe('a source that names addresses', () => {
  it('answers 403 to every other, before anything else about the request, and keeps a record without the address', async () => {
    const response = await postFrom('198.51.100.9', { sourceId: 'src_listed' });
    const byMethod = await fetch(`${ingress.url}/hooks/src_listed`, { method: 'PUT', body: '{}' });

    const record = await rejectionOf(response);
    expect([response.status, (await answerOf(response)).error, byMethod.status]).toEqual([403, 'address_denied', 403]);
    expect(record).toMatchObject({ step: 'address', code: 'address_denied', answerStatus: 403, bodyBytes: null });
    expect(JSON.stringify(record)).not.toContain('198.51.100.9');
  });

  it('takes a delivery from one of them, as a dual-stack socket shows it, too', async () => {
    const response = await post(signedByStripe(paymentSucceeded(), exposed.url, { sourceId: 'src_local' }));

    expect(response.status).toBe(200);
  });

  it('believes a trusted proxy about the address, and nobody else', async () => {
    const signing = { sourceId: 'src_listed' };

    const statuses = [
      await postFrom('203.0.113.7', signing),
      await postFrom('203.0.113.7, 198.51.100.1', signing),
      await postFrom('203.0.113.7', signing, exposed),
    ].map(({ status }) => status);

    expect(statuses).toEqual([200, 403, 403]);
  });
});

describe('an address whose signatures fail', () => {
  it('is answered 429 with Retry-After above the limit, with a record of it, and no other address or source is', async () => {
    const statuses = await statusesOf(6, () => postFrom('198.51.100.1', forged));
    const refused = await postFrom('198.51.100.1');
    const neighbour = await postFrom('198.51.100.2', forged);
    const elsewhere = await postFrom('198.51.100.1', { ...forged, sourceId: 'src_other' });

    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect([neighbour.status, elsewhere.status]).toEqual([401, 401]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await rejectionOf(refused)).toMatchObject({
      step: 'failed_verifications',
      code: 'rate_limited',
      answerStatus: 429,
      bodyBytes: null,
    });
  });

  it('does not keep out a provider that has proven itself from there, however much is forged from the same address', async () => {
    const first = await postFrom('203.0.113.7');

    const forgeries = await statusesOf(12, () => postFrom('203.0.113.7', forged));
    const genuine = await postFrom('203.0.113.7');

    expect([first.status, genuine.status]).toEqual([200, 200]);
    expect(new Set(forgeries)).toEqual(new Set([401]));
  });

  it('is counted with its whole IPv6 /64', async () => {
    let host = 0;

    const statuses = await statusesOf(6, () => postFrom(`2001:db8::${(host += 1)}`, forged));

    expect(statuses.at(-1)).toBe(429);
    expect((await postFrom('2001:db8:0:1::1')).status).toBe(200);
  });

  it('is not charged when it is we who cannot verify', async () => {
    const statuses = await statusesOf(8, () => postFrom('198.51.100.3', { sourceId: 'src_blank' }));

    expect(new Set(statuses)).toEqual(new Set([503]));
  });
});

describe('a source above its rate', () => {
  it('answers 429 with the time until there is room, keeps a record and no delivery, and leaves others alone', async () => {
    const first = await postFrom('203.0.113.8', { sourceId: 'src_rated' });

    const second = await postFrom('203.0.113.8', { sourceId: 'src_rated' });

    const deliveryId = second.headers.get('trunkline-delivery-id');
    expect([first.status, second.status, (await answerOf(second)).error]).toEqual([200, 429, 'rate_limited']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect(Number(second.headers.get('retry-after'))).toBeLessThanOrEqual(3_600);
    expect(await rejectionOf(second)).toMatchObject({ step: 'rate', code: 'rate_limited', answerStatus: 429 });
    expect(await recordsOf(corner, 'ingress.delivery.v1', deliveryId)).toEqual([]);
    expect((await postFrom('203.0.113.8', { sourceId: 'src_other' })).status).toBe(200);
  });

  it('is not brought there by requests that are not authentic', async () => {
    const statuses = await statusesOf(5, () => postFrom('198.51.100.4', { ...forged, sourceId: 'src_rated_too' }));
    const genuine = await postFrom('203.0.113.8', { sourceId: 'src_rated_too' });

    expect([...statuses, genuine.status]).toEqual([401, 401, 401, 401, 401, 200]);
  });

  it('answers in the way its provider understands, and still keeps a record', async () => {
    await postWithToken(ingress.url, '{}');

    const response = await postWithToken(ingress.url, '{}');

    expect([response.status, (await answerOf(response)).error]).toEqual([503, 'rate_limited']);
    expect(response.headers.has('retry-after')).toBe(true);
    expect(await rejectionOf(response)).toMatchObject({ step: 'rate', answerStatus: 503 });
  });

  it.each(['vonage', 'segment', 'google_calendar'])('of %s, which repeats after a 5xx only, answers 503', (name) => {
    expect(definitionOf(name).rateLimitedStatus).toBe(503);
  });
});

/** Rejection records are published behind the answer. */
async function rejectionOf(response: Response): Promise<unknown> {
  const deliveryId = response.headers.get('trunkline-delivery-id');
  return vi.waitFor(async () => {
    const [found] = await recordsOf(corner, 'ingress.rejection.v1', deliveryId);
    if (found === undefined) throw new Error('no rejection record yet');
    return found.record;
  }, 60_000);
}
