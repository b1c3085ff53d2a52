import { isEventId } from '@trunkline/core';
import {
  editEndpoint,
  findMessage,
  listUndelivered,
  release,
  releaseHeld,
  resend,
  resendMessage,
  type Undelivered,
} from '@trunkline/delivery';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld, type RunningDispatcher } from './testing/delivery-world.ts';
import { type ModelEvent, modelOf } from './testing/order-model.ts';

let world: DeliveryWorld;
let sender: RunningDispatcher;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  sender = world.startDispatcher('sender');
});
afterAll(() => world.close());

const undelivered = (tenant: string): Promise<readonly Undelivered[]> =>
  listUndelivered(world.operator, { tenant, sinceMs: 0, limit: 1_000 });
const namesWith = (reason: string, found: readonly Undelivered[]): readonly string[] =>
  found.flatMap((one) => (one.reason === reason ? [one.eventId] : [])).toSorted();
type Payment = ReturnType<DeliveryWorld['payments']>[number];
const idOf = ({ metadata: { eventId } }: Payment): `evt_${string}` => {
  if (!isEventId(eventId)) throw new Error('no event id');
  return eventId;
};
const requestsOf = (path: string): readonly (string | undefined)[] =>
  world.received.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id']);
/** Without repeats of the same event right after itself, which retries and kills are allowed to make. */
const firstArrivals = (names: readonly string[]): readonly string[] =>
  names.filter((name, place) => name !== names[place - 1]);

let tenants = 0;
const nextTenant = (): string => `tnt_order_${(tenants += 1)}`;

const histories = fc.record({
  ordering: fc.constantFrom('key', 'endpoint'),
  holds: fc.boolean(),
  maxInFlight: fc.integer({ min: 1, max: 8 }),
  events: fc.array(
    fc.record({
      key: fc.integer({ min: 1, max: 4 }),
      // More often taken at once than not.
      refusals: fc.constantFrom(0, 0, 0, 0, 1, 2, Number.POSITIVE_INFINITY),
    }),
    { minLength: 4, maxLength: 24 },
  ),
  batch: fc.integer({ min: 1, max: 24 }),
  /** The sender is killed when so many requests have come. */
  kills: fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 3 }),
});

describe('an endpoint that is ordered', () => {
  it(
    'is told each chain in its order, one at a time, through refusals, kills and holds',
    { timeout: 480_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async ({ ordering, holds, maxInFlight, events, batch, kills }) => {
          const tenant = nextTenant();
          const path = `/${tenant}`;
          const records = world.paymentsOf(
            events.map(({ key }) => `${tenant}_${key}`),
            tenant,
          );
          const model = events.map(({ key, refusals }, place): ModelEvent => {
            const record = records[place];
            if (record === undefined) throw new RangeError('there is a record for each event');
            return { name: idOf(record), chain: ordering === 'key' ? String(key) : 'all', refusals };
          });
          const byName = new Map(model.map((event) => [event.name, event]));
          const requests: string[] = [];
          let killing = Promise.resolve();
          world.answers.set(path, ({ headers }, response) => {
            const name = headers['webhook-id'] ?? '';
            requests.push(name);
            const times = requests.filter((other) => other === name).length;
            if (kills.includes(requests.length))
              killing = killing.then(async () => {
                await sender.kill();
                sender = world.startDispatcher('sender');
              });
            response.writeHead(times <= (byName.get(name)?.refusals ?? 0) ? 409 : 204).end();
          });
          const { endpointId } = await world.createEndpoint({
            path,
            tenantId: tenant,
            schedule: '0,0,0',
            ordering,
            onExhausted: holds ? 'hold' : 'continue',
            maxInFlight,
          });
          for (let from = 0; from < records.length; from += batch)
            await world.fanOut(records.slice(from, from + batch));

          const released = new Set<string>();
          for (;;) {
            const { arrived, held, givenUp } = modelOf(model, { holds, released });
            await world.until('nothing moves any more', async () => {
              const left = await undelivered(tenant);
              return (
                namesWith('held/http_409', left).length === held.length &&
                left.every(
                  ({ reason }) => !reason.startsWith('waiting/') || (reason === 'waiting/order' && held.length > 0),
                ) &&
                left.length >= givenUp.length
              );
            });
            await killing;
            for (const [chain, names] of arrived)
              expect(firstArrivals(requests.filter((name) => byName.get(name)?.chain === chain))).toEqual(names);
            const left = await undelivered(tenant);
            expect(namesWith('held/http_409', left)).toEqual(held.toSorted());
            expect(namesWith(holds ? 'discarded/released' : 'exhausted/http_409', left)).toEqual(givenUp.toSorted());
            if (held.length === 0) break;
            expect(await releaseHeld(world.operator, { endpointId, retry: false, actor: 'tester' })).toHaveLength(
              held.length,
            );
            for (const name of held) released.add(name);
          }
        }),
        { numRuns: 12, endOnFailure: true },
      );
    },
  );

  it('keeps its place for what is tried again after a hold, and goes beside the order with what is sent again later', async () => {
    const tenant = nextTenant();
    const path = `/${tenant}`;
    const records = world.paymentsOf(['one', 'one', 'one'], tenant);
    const ids = records.map(idOf);
    const [first] = ids;
    if (first === undefined) throw new Error('no records');
    let refuses = true;
    const requests: { readonly id: string; readonly isResent: boolean }[] = [];
    world.answers.set(path, ({ headers }, response) => {
      const id = headers['webhook-id'] ?? '';
      requests.push({ id, isResent: headers['trunkline-resend'] === 'true' });
      response.writeHead(refuses && id === ids[0] ? 422 : 204).end();
    });
    const { endpointId } = await world.createEndpoint({
      path,
      tenantId: tenant,
      schedule: '0',
      ordering: 'key',
      onExhausted: 'hold',
    });

    await world.fanOut(records);
    await world.until(
      'the first one holds its key',
      async () => namesWith('held/http_422', await undelivered(tenant)).length === 1,
    );
    const whileHeld = await undelivered(tenant);
    const history = await findMessage(world.operator, { eventId: first, tenants: [tenant] });
    refuses = false;
    await releaseHeld(world.operator, { endpointId, retry: true, actor: 'tester' });
    await world.until('all have arrived', async () => (await undelivered(tenant)).length === 0);
    await resendMessage(world.operator, { eventId: first, tenants: [tenant], actor: 'tester' });
    await world.until('it came again', () => requests.length === 5);

    expect(namesWith('waiting/order', whileHeld)).toEqual(ids.slice(1).toSorted());
    expect(whileHeld.every(({ nextAtMs }) => nextAtMs === null)).toBe(true);
    expect(history).toMatchObject({ waiting: [{ dueAtMs: null }], attempts: [{ outcome: null, nextAtMs: null }] });
    expect(requests).toEqual([
      { id: ids[0], isResent: false },
      ...ids.map((id) => ({ id, isResent: false })),
      { id: ids[0], isResent: true },
    ]);
  });

  it('is sent what was given up and sent again before anybody had ended it', async () => {
    const tenant = nextTenant();
    const path = `/${tenant}`;
    const records = world.paymentsOf(['one', 'one'], tenant);
    const [first, second] = records.map(idOf);
    if (first === undefined) throw new Error('no records');
    let refuses = true;
    world.answers.set(path, (_, response) => response.writeHead(refuses ? 422 : 204).end());
    const { endpointId } = await world.createEndpoint({
      path,
      tenantId: tenant,
      schedule: '0',
      ordering: 'key',
      onExhausted: 'hold',
    });
    await world.fanOut(records);
    await world.until('it is held up', async () => namesWith('held/http_422', await undelivered(tenant)).length === 1);
    refuses = false;

    await world.operator.transaction([tenant], async (tx) => {
      await release(tx, { endpointId, retry: false, actor: 'tester' });
      await resend(tx, { eventId: first, actor: 'tester' });
    });
    await world.until('the second one has arrived', () => requestsOf(path).includes(second));

    expect(requestsOf(path)).toEqual([first, first, second]);
  });

  it('that is ordered no more holds nothing up, and what waited is sent', async () => {
    const tenant = nextTenant();
    const path = `/${tenant}`;
    const records = world.paymentsOf(['one', 'one'], tenant);
    const [first, second] = records.map(idOf);
    world.answers.set(path, ({ headers }, response) =>
      response.writeHead(headers['webhook-id'] === first ? 422 : 204).end(),
    );
    const { endpointId } = await world.createEndpoint({
      path,
      tenantId: tenant,
      schedule: '0',
      ordering: 'endpoint',
      onExhausted: 'hold',
    });
    await world.fanOut(records);
    await world.until('it is held up', async () => namesWith('held/http_422', await undelivered(tenant)).length === 1);
    const edit = (given: Parameters<typeof editEndpoint>[1]): ReturnType<typeof editEndpoint> =>
      editEndpoint(world.operator, given);

    await expect(edit({ endpointId, actor: 'tester', ordering: 'none' })).rejects.toThrow(/holds nothing up/);
    await edit({ endpointId, actor: 'tester', ordering: 'none', onExhausted: 'continue' });
    await world.until('the second one has arrived', async () => (await undelivered(tenant)).length === 1);

    expect(await undelivered(tenant)).toMatchObject([{ eventId: first, reason: 'discarded/released' }]);
    expect(requestsOf(path)).toEqual([first, second]);
  });

  it('whose request is answered when it is ordered no more holds nothing up either', async () => {
    const tenant = nextTenant();
    const path = `/${tenant}`;
    const records = world.paymentsOf(['one', 'one'], tenant);
    const [first, second] = records.map(idOf);
    const edited = Promise.withResolvers<number>();
    const asked = Promise.withResolvers<undefined>();
    world.answers.set(path, ({ headers }, response) => {
      const answer = (status: number): unknown => response.writeHead(status).end();
      if (headers['webhook-id'] === first) edited.promise.then(answer, () => undefined);
      else answer(204);
      asked.resolve(undefined);
    });
    const { endpointId } = await world.createEndpoint({
      path,
      tenantId: tenant,
      schedule: '0',
      ordering: 'endpoint',
      onExhausted: 'hold',
    });
    await world.fanOut(records);
    await asked.promise;

    await editEndpoint(world.operator, { endpointId, actor: 'tester', ordering: 'none', onExhausted: 'continue' });
    edited.resolve(422);
    await world.until('the second one has arrived', async () => (await undelivered(tenant)).length === 1);

    expect(await undelivered(tenant)).toMatchObject([{ eventId: first, reason: 'exhausted/http_422' }]);
    expect(world.received.filter((request) => request.path === path)).toMatchObject([
      { headers: { 'webhook-id': first } },
      { headers: { 'webhook-id': second } },
    ]);
  });
});
