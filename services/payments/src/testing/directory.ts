import { createDirectory, type Directory } from '@trunkline/sources/directory';

/** What comes from src_test of tnt_a is Ada's, who is told everything about its money by mail. */
export const directory: Directory = createDirectory({
  regions: new Map(),
  people: [
    {
      id: 'per_ada',
      tenantId: 'tnt_a',
      name: 'Ada',
      language: 'en',
      channels: [{ id: 'mail', kind: 'email', address: 'ada@acme.example' }],
    },
  ],
  phones: [
    {
      id: 'phn_front',
      tenantId: 'tnt_a',
      numbers: [],
      owners: ['per_ada'],
      sources: ['src_test'],
      tell: new Map(
        (['payment_failed', 'refund_failed', 'dispute_opened', 'payout_failed'] as const).map((name) => [
          name,
          ['mail'],
        ]),
      ),
    },
  ],
});
