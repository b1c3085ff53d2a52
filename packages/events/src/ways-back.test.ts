import { describe, expect, it } from 'vitest';

import { topicEntry, typeRank } from './catalogue.ts';
import type { StatedTopic } from './payload.ts';
import { compareVersions, entityVersion } from './version.ts';

/**
 * For every entity type, what may still happen after what. `any`: every state may follow every other, because its
 * providers document a way back from each. Else `from → to` names each pair of types of which the later one, by time,
 * has to win although it is the lower one by nature (`legal`), and each pair of which it must not (`final`).
 */
type WaysBack = 'any' | { readonly legal: readonly string[]; readonly final: readonly string[] };

const waysBack: { readonly [T in StatedTopic]: WaysBack } = {
  // A call never leaves a later state for an earlier one; a late "ringing" is only late.
  'telephony.call.v1': {
    // More may be learned of a call at any time before its end.
    legal: ['updated → answered'],
    final: [
      'updated → initiated',
      'updated → ringing',
      'completed → updated',
      'ringing → initiated',
      'answered → initiated',
      'answered → ringing',
      'completed → initiated',
      'completed → ringing',
      'completed → answered',
    ],
  },
  // Neither comes after the other; if a provider says both, the later word counts.
  'telephony.recording.v1': { legal: ['available → failed', 'failed → available'], final: [] },
  'telephony.transcript.v1': { legal: ['available → failed', 'failed → available'], final: [] },
  // A carrier may correct its word on the delivery; what was delivered is not under way again.
  'telephony.message.v1': {
    legal: [
      'delivered → failed',
      'failed → delivered',
      'delivered → canceled',
      'canceled → delivered',
      'failed → canceled',
      'canceled → failed',
      'received → queued',
    ],
    final: [
      'sent → queued',
      'delivered → queued',
      'failed → queued',
      'canceled → queued',
      'canceled → received',
      'canceled → sent',
      'read → queued',
      'read → canceled',
      'sent → received',
      'delivered → received',
      'delivered → sent',
      'failed → received',
      'failed → sent',
      'read → received',
      'read → sent',
      'read → delivered',
      'read → failed',
    ],
  },
  // The payer may try again after a failure; what succeeded or was canceled stays so.
  'payments.payment.v1': {
    legal: [
      'action_required → created',
      'processing → created',
      'processing → action_required',
      'failed → created',
      'failed → action_required',
      'failed → processing',
      'canceled → succeeded',
      'succeeded → canceled',
      // Tells a part that is no state, so what is final only loses what came before it.
      'created → updated',
      'action_required → updated',
      'processing → updated',
      'failed → updated',
      'updated → created',
    ],
    final: [
      'canceled → created',
      'canceled → updated',
      'succeeded → updated',
      'canceled → action_required',
      'canceled → processing',
      'canceled → failed',
      'succeeded → created',
      'succeeded → action_required',
      'succeeded → processing',
      'succeeded → failed',
    ],
  },
  // An uncollectible invoice may be paid, and a payment may bounce; only void is for ever.
  'payments.invoice.v1': {
    legal: [
      'finalized → created',
      'payment_failed → created',
      'payment_failed → finalized',
      'uncollectible → created',
      'uncollectible → finalized',
      'uncollectible → payment_failed',
      'paid → created',
      'paid → finalized',
      'paid → payment_failed',
      'paid → uncollectible',
      'payment_succeeded → created',
      'payment_succeeded → finalized',
      'payment_succeeded → payment_failed',
      'payment_succeeded → uncollectible',
      'paid → payment_succeeded',
      // A snapshot may be of any state, and of what is upcoming there is none.
      'updated → created',
      'finalized → updated',
      'payment_failed → updated',
      'uncollectible → updated',
      'payment_succeeded → updated',
      'paid → updated',
      'created → upcoming',
      'updated → upcoming',
      'finalized → upcoming',
      'payment_failed → upcoming',
      'uncollectible → upcoming',
      'payment_succeeded → upcoming',
      'paid → upcoming',
    ],
    final: [
      'voided → payment_succeeded',
      'voided → updated',
      'voided → upcoming',
      'voided → created',
      'voided → finalized',
      'voided → payment_failed',
      'voided → uncollectible',
      'voided → paid',
    ],
  },
  // A canceled subscription is not taken up again: its provider makes a new one.
  'payments.subscription.v1': {
    legal: [
      'updated → created',
      'updated → trial_will_end',
      'trial_will_end → created',
      'payment_failed → created',
      'payment_failed → trial_will_end',
      'payment_failed → updated',
      'payment_succeeded → created',
      'payment_succeeded → trial_will_end',
      'payment_succeeded → updated',
      'payment_succeeded → payment_failed',
    ],
    final: [
      'canceled → created',
      'canceled → trial_will_end',
      'canceled → updated',
      'canceled → payment_failed',
      'canceled → payment_succeeded',
    ],
  },
  'payments.refund.v1': 'any',
  'payments.dispute.v1': 'any',
  'payments.checkout.v1': 'any',
  'payments.payout.v1': 'any',
  'calendar.booking.v1': 'any',
  'calendar.event.v1': 'any',
  'crm.contact.v1': 'any',
  'crm.company.v1': 'any',
  'crm.deal.v1': 'any',
  'crm.ticket.v1': 'any',
  'crm.activity.v1': 'any',
  'crm.association.v1': 'any',
  'communications.email.v1': 'any',
  'communications.chat.v1': 'any',
  'identity.user.v1': 'any',
  'identity.session.v1': 'any',
  'identity.organization.v1': 'any',
  'analytics.activity.v1': 'any',
  'delivery.endpoint.v1': 'any',
  'delivery.message.v1': 'any',
};

// Object.entries forgets the names of a mapped type.
const entries = Object.entries(waysBack) as [StatedTopic, WaysBack][];

describe('the way back', () => {
  it.each(entries.filter(([, ways]) => ways === 'any'))('from every state of %s is open', (topic) => {
    const pairs = pairsOf(topic);

    for (const { from, to } of pairs) expect(laterWins(topic, from, to), `${from} → ${to}`).toBe(true);
  });

  it.each(entries.filter(([, ways]) => ways !== 'any'))(
    'from a state of %s is open where it is legal',
    (topic, ways) => {
      const open = pairsOf(topic)
        .filter(({ from, to }) => laterWins(topic, from, to) && stepOf(topic, to) <= stepOf(topic, from))
        .map(({ from, to }) => `${from} → ${to}`);

      expect(open.toSorted()).toEqual(ways === 'any' ? [] : ways.legal.toSorted());
    },
  );

  it.each(entries.filter(([, ways]) => ways !== 'any'))(
    'from a state of %s is closed where it is final',
    (topic, ways) => {
      const closed = pairsOf(topic)
        .filter(({ from, to }) => !laterWins(topic, from, to))
        .map(({ from, to }) => `${from} → ${to}`);

      expect(closed.toSorted()).toEqual(ways === 'any' ? [] : ways.final.toSorted());
    },
  );

  it('from an expired subscription is closed by the lead of its draft', () => {
    const expired = version('payments.subscription.v1', 'updated', { atMs: 1_000, lead: 1 });

    const updated = version('payments.subscription.v1', 'updated', { atMs: 2_000 });

    expect(compareVersions(updated, expired)).toBeLessThan(0);
  });
});

describe('inside one tick of the clock', () => {
  it.each<[StatedTopic, string, string]>([
    ['payments.invoice.v1', 'created', 'finalized'],
    ['payments.invoice.v1', 'finalized', 'paid'],
    ['payments.refund.v1', 'succeeded', 'failed'],
    ['payments.payout.v1', 'paid', 'failed'],
    ['payments.invoice.v1', 'finalized', 'payment_succeeded'],
    ['payments.invoice.v1', 'payment_succeeded', 'paid'],
    ['payments.payment.v1', 'updated', 'failed'],
    ['payments.dispute.v1', 'opened', 'funds_withdrawn'],
    ['payments.checkout.v1', 'created', 'completed'],
    ['payments.checkout.v1', 'completed', 'payment_succeeded'],
    ['payments.dispute.v1', 'opened', 'closed'],
    ['calendar.booking.v1', 'requested', 'confirmed'],
    ['calendar.booking.v1', 'confirmed', 'rescheduled'],
    ['calendar.booking.v1', 'no_show', 'no_show_cleared'],
    ['crm.contact.v1', 'created', 'updated'],
    ['crm.contact.v1', 'updated', 'merged'],
    ['crm.contact.v1', 'deleted', 'restored'],
    ['crm.deal.v1', 'stage_changed', 'won'],
    ['communications.email.v1', 'accepted', 'delivered'],
    ['communications.email.v1', 'delivered', 'bounced'],
    ['communications.email.v1', 'opened', 'clicked'],
    ['telephony.message.v1', 'queued', 'sent'],
    ['telephony.call.v1', 'answered', 'updated'],
    ['communications.chat.v1', 'message_changed', 'message_deleted'],
    ['identity.session.v1', 'pending', 'created'],
    ['identity.session.v1', 'created', 'ended'],
    ['identity.organization.v1', 'membership_created', 'membership_deleted'],
  ])('of %s, %s is older than %s', (topic, older, newer) => {
    const versions = [version(topic, older, { atMs: 1_000 }), version(topic, newer, { atMs: 1_000 })] as const;

    expect(compareVersions(...versions)).toBeLessThan(0);
  });
});

function pairsOf(topic: StatedTopic): { from: string; to: string }[] {
  const names = Object.keys(topicEntry(topic).types).map((type) => type.split('.')[2] ?? '');
  return names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));
}

function laterWins(topic: StatedTopic, from: string, to: string): boolean {
  return compareVersions(version(topic, to, { atMs: 2_000 }), version(topic, from, { atMs: 1_000 })) > 0;
}

function stepOf(topic: StatedTopic, name: string): number {
  return rankOf(topic, name).step;
}

/** Receipt and id are the same for all, so that nothing but rank and time decides. */
function version(topic: StatedTopic, name: string, when: { atMs: number; lead?: number }): string {
  return entityVersion({
    ...rankOf(topic, name),
    ...(when.lead === undefined ? {} : { lead: when.lead }),
    occurredAtMs: when.atMs,
    correction: 0,
    receivedAtMs: 3_000,
    eventId: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
  });
}

function rankOf(topic: StatedTopic, name: string): { lead: number; step: number } {
  const rank = typeRank(topic, `${topic.replace(/\.v1$/, '')}.${name}`);
  if (rank === undefined) throw new Error(`${topic} has no type ${name}`);
  return rank;
}
