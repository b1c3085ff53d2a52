import { describe, expect, it } from 'vitest';

import { maskedValue, maskPersonal } from './personal-fields.ts';

describe('a record without what is personal', () => {
  it('keeps what names things, and what is absent', () => {
    const call = { metadata: { eventId: 'evt_1' }, fromAddress: '+4930123', toAddress: null, status: 'completed' };

    expect(maskPersonal('telephony.call.v1', call)).toMatchObject({
      metadata: { eventId: 'evt_1' },
      fromAddress: maskedValue,
      toAddress: null,
      status: 'completed',
    });
  });

  it('is masked in lists of records, too, wherever their type was declared', () => {
    const event = { attendees: [{ email: 'a@b.example', response: 'accepted' }], status: 'confirmed' };

    expect(maskPersonal('calendar.event.v1', event)).toMatchObject({
      attendees: [{ email: maskedValue, response: 'accepted' }],
      status: 'confirmed',
    });
  });
});
