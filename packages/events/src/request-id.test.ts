import { isEventId, isRequestId } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import { occasionId, requestId } from './request-id.ts';

const cause = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';

describe('a request id', () => {
  it('is the same when the same event is handled again', () => {
    const identity = { cause, handler: 'missed-call', qualifier: 'sms' } as const;

    expect(requestId({ ...identity })).toBe(requestId(identity));
    expect(isRequestId(requestId(identity))).toBe(true);
  });

  it('differs by event, by handler and by what is asked for', () => {
    const ids = [
      requestId({ cause, handler: 'missed-call', qualifier: 'sms' }),
      requestId({ cause, handler: 'missed-call', qualifier: 'mail' }),
      requestId({ cause, handler: 'voicemail', qualifier: 'sms' }),
      requestId({ cause, handler: 'missed-call', qualifier: '' }),
      requestId({ cause: 'evt_a276b0ab0059520d804864808c03cd42', handler: 'missed-call', qualifier: 'sms' }),
      // The same letters in other parts.
      requestId({ cause, handler: 'missed-callsms', qualifier: '' }),
    ];

    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(['evt_47fca7c8db0b51af89a63cf6e0ed9357', 'req_47FCA7C8DB0B51AF89A63CF6E0ED9357', 'req_1', ''])(
    'is not %s',
    (text) => {
      expect(isRequestId(text)).toBe(false);
    },
  );
});

describe('the id of an occasion', () => {
  it('has the form of an event id and tells occasions apart by every part', () => {
    const occasion = {
      schema: 'connections',
      template: 'connection_expiring',
      subject: 'con_1',
      occurrence: '2026-03-01',
    };
    const ids = [
      occasionId(occasion),
      occasionId({ ...occasion, schema: 'crm' }),
      occasionId({ ...occasion, template: 'webhook_disabled' }),
      occasionId({ ...occasion, subject: 'con_2' }),
      occasionId({ ...occasion, occurrence: '2026-03-02' }),
    ];

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isEventId)).toBe(true);
    expect(occasionId({ ...occasion })).toBe(ids[0]);
  });
});
