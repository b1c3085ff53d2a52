import { createDirectory, type Directory, type Person, type Phone } from '@trunkline/sources/directory';

const ada: Person = {
  id: 'per_ada',
  tenantId: 'tnt_a',
  name: 'Ada',
  language: 'en',
  channels: [
    { id: 'mail', kind: 'email', address: 'ada@acme.example' },
    { id: 'sms', kind: 'sms', address: '+15005550007' },
  ],
};

const all = [
  'booking_requested',
  'booking_created',
  'booking_moved',
  'booking_to_be_moved',
  'booking_canceled',
  'booking_rejected',
  'no_show',
  'no_show_cleared',
] as const;

const ofAda: Phone = {
  id: 'phn_ada',
  tenantId: 'tnt_a',
  numbers: [],
  owners: ['per_ada'],
  sources: [],
  tell: new Map(all.map((template) => [template, ['mail']])),
};

/** Ada is a host with a phone of her own; whatever else comes from src_test is the front desk's, and she owns that, too. */
export const directory: Directory = createDirectory({
  regions: new Map(),
  people: [ada],
  phones: [ofAda, { ...ofAda, id: 'phn_front', owners: ['per_ada'], sources: ['src_test'] }],
});
