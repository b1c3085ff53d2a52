import { describe, expect, it } from 'vitest';

import { isRequestId, requestId } from './request-id.ts';

const eventId = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';

describe('a request id', () => {
  it('is the same when the same event is handled again', () => {
    const identity = { eventId, handler: 'missed-call', qualifier: 'sms' } as const;

    expect(requestId({ ...identity })).toBe(requestId(identity));
    expect(isRequestId(requestId(identity))).toBe(true);
  });

  it('differs by event, by handler and by what is asked for', () => {
    const ids = [
      requestId({ eventId, handler: 'missed-call', qualifier: 'sms' }),
      requestId({ eventId, handler: 'missed-call', qualifier: 'mail' }),
      requestId({ eventId, handler: 'voicemail', qualifier: 'sms' }),
      requestId({ eventId, handler: 'missed-call', qualifier: '' }),
      requestId({ eventId: 'evt_a276b0ab0059520d804864808c03cd42', handler: 'missed-call', qualifier: 'sms' }),
      // The same letters in other parts.
      requestId({ eventId, handler: 'missed-callsms', qualifier: '' }),
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
