import { groups } from '@trunkline/operations';
import { describe, expect, it } from 'vitest';

import { renderLag } from './lag/render.ts';
import type { Balances } from './ledger/balances.ts';
import { renderBalances, renderCheck, renderObject } from './ledger/render.ts';
import { renderTopics } from './render-topics.ts';
import { createStyle, widthOf } from './render/style.ts';
import { runCommandLine } from './testing/run-command.ts';
import { createScreen } from './testing/screen.ts';
import { createWorkspace } from './testing/workspace.ts';

const room = { style: createStyle(false), width: 80 };

function widest(text: string): number {
  return Math.max(...text.split('\n').map(widthOf));
}

describe('on a terminal of 80 columns', () => {
  it('config check keeps which source has how many secrets, whatever the ids', async () => {
    const sourceId = 'src_standard_webhooks_of_the_second_division';
    const workspace = createWorkspace(`version: 1
tenants:
  - { id: tnt_second_division, name: B }
sources:
  - id: ${sourceId}
    tenant: tnt_second_division
    provider: standard_webhooks
    account: acct_1
    secrets: [env:SECRET]
`);
    const stdout = createScreen({ isTTY: true, columns: 80 });

    const environment = { NO_COLOR: '1', SECRET: 'whsec_dGVzdC1vZi1uYXJyb3ctc2NyZWVucw==' };
    const { directory } = workspace;
    const { exitCode } = await runCommandLine(['config', 'check'], { directory, stdout, environment });
    workspace.remove();

    const table = stdout.text().split('\n').slice(1).join('\n');
    expect(exitCode).toBe(0);
    expect(widest(table)).toBeLessThanOrEqual(80);
    expect(table).toMatch(new RegExp(`${sourceId} .* enabled +1\n`));
  });

  it('topics plan says in full, below its table, how topics differ', () => {
    const difference = '3 partitions, should be 12 (never changed for an existing topic: keys would move)';
    const topic = 'privacy.erasure_request.v1';
    const text = renderTopics(
      [{ topic, partitions: 12, replicationFactor: 3, state: 'differs', differences: [difference, 'another'] }],
      room.style,
    );
    const [table = '', told] = text.split('\n\n');

    expect(widest(table)).toBeLessThanOrEqual(80);
    expect(told).toBe(`✗ ${topic}: ${difference}\n✗ ${topic}: another`);
  });

  it('lag keeps topic, partition, lag and age of what has waited long and much', () => {
    const partitions = groups.flatMap(({ name: group, topics }) =>
      [...topics, `${group}.retry.10s`].map((topic) => ({
        group,
        kind: 'redrive' as const,
        topic,
        partition: 11,
        committed: 123_456_789n,
        end: 987_654_321n,
        lag: 864_197_532n,
        oldestAgeMs: 100_000_000,
      })),
    );
    const text = renderLag({ partitions, outboxes: [], letters: [], standing: [] }, true, room);

    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/privacy\.erasure_request\.v1 +11 +864197532 +\S/);
  });

  it('ledger balance tells each account in a block of lines where a row would break', () => {
    const row: Balances = {
      tenant: 'tnt_acme',
      provider: 'stripe',
      account: 'acct_1Pabcdefghijklmn.live',
      currency: 'EUR',
      amounts: { balance: '123456789', received: '-223456789', refunded: '1', disputed: '1', payout: '1', fees: '1' },
    };

    expect(renderBalances([row], room)).toBe(`acct_1Pabcdefghijklmn.live  EUR  tnt_acme  stripe
  balance    123456789
  received  -223456789
  refunded           1
  disputed           1
  payout             1
  fees               1`);
    expect(renderBalances([row], { ...room, width: 140 }).split('\n')).toHaveLength(2);
  });

  it('ledger show keeps the events that told of an object, and ledger check the objects', () => {
    const key = {
      tenant: 'tnt_acme',
      provider: 'stripe',
      account: 'acct_1Pabcdefghijklmn.live',
      kind: 'refund',
      objectId: 're_3PabcdefghijklmnopqrstuvX',
    };
    const money = { amount: '123456789', currency: 'EUR', eventId: `evt_${'0'.repeat(32)}` };
    const at = new Date('2026-01-31T12:34:56.789Z');
    const shown = renderObject(
      {
        ...key,
        contradicted: false,
        facts: [{ ...money, fact: 'refund.succeeded', occurredAt: at }],
        postings: [
          {
            ...money,
            posting: `refund_fee_returned@${'1'.repeat(75)}`,
            debit: 'refunded',
            credit: 'received',
            effectiveAt: at,
            postedAt: at,
          },
        ],
      },
      room,
    );
    const checked = renderCheck(
      {
        objects: 1,
        differences: [{ ...key, posting: 'refund_fee_returned', currency: 'EUR', due: '123456789', posted: null }],
        differenceCount: 1,
        totals: [{ currency: 'EUR', objects: 1, due: '123456789', posted: '0' }],
        contradictions: [key],
        contradictionCount: 1,
      },
      room,
    );

    expect(widest(shown.split('\n').slice(1).join('\n'))).toBeLessThanOrEqual(80);
    expect(shown).toContain(money.eventId);
    expect(widest(checked)).toBeLessThanOrEqual(80);
    expect(checked.split(key.objectId)).toHaveLength(3);
  });
});
