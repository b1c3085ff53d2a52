import { describe, expect, it } from 'vitest';

import { googleChange, graphLifecycle, message } from '../testing/changes.ts';
import { wishOf } from './wish.ts';

const expiry = Date.UTC(2026, 2, 9, 10, 15, 30);

describe('the wish for a reading', () => {
  it('has what Google says in headers', () => {
    const change = googleChange('res_1', 10);

    expect(wishOf(change)).toEqual({
      sourceId: 'src_calendar',
      provider: 'google_calendar',
      account: 'src_calendar',
      deliveryId: change.metadata.deliveryId,
      channelId: 'chn_1',
      resourceId: 'res_1',
      resourceUri: 'https://www.googleapis.com/calendar/v3/calendars/team%40example.com/events',
      resourceState: 'exists',
      messageNumber: 10,
      channelExpiresAt: expiry,
      reason: 'changed',
      isFull: false,
    });
  });

  it.each([
    ['missed', 'missed'],
    ['subscriptionRemoved', 'removed'],
    ['reauthorizationRequired', 'reauthorization_required'],
  ])('says why Graph asks: %s', (event, reason) => {
    expect(wishOf(graphLifecycle(event))).toMatchObject({
      channelId: 'sub_1',
      resourceId: 'sub_1',
      resourceUri: 'Users/622eaaff/Events',
      channelExpiresAt: expiry,
      reason,
    });
  });

  it('is made of what can be read, however little that is', () => {
    const bare = message('google_calendar', { headers: null });
    const odd = message('google_calendar', {
      headers: [
        { name: 'X-Goog-Message-Number', value: '1e3' },
        { name: 'X-Goog-Channel-Expiration', value: 'soon' },
        { name: 'X-Goog-Resource-Id', value: '' },
      ],
    });
    const unreadable = { ...graphLifecycle('missed'), body: Buffer.from('{') };
    const nothing = { ...graphLifecycle('missed'), body: Buffer.from('null') };

    expect(wishOf(bare)).toMatchObject({ resourceId: null, messageNumber: null, channelExpiresAt: null });
    expect(wishOf(odd)).toMatchObject({ resourceId: null, messageNumber: null, channelExpiresAt: null });
    expect(wishOf(unreadable)).toMatchObject({ reason: 'missed', resourceId: null });
    expect(wishOf(nothing)).toMatchObject({ reason: 'missed', resourceId: null });
  });

  it('is no wish where no calendar is meant', () => {
    expect(wishOf(message('stripe', { originalType: 'charge.updated' }))).toBeUndefined();
    expect(wishOf(message('microsoft_graph', { originalType: 'message.created' }))).toBeUndefined();
    expect(wishOf(message('microsoft_graph', { originalType: 'lifecycle.somethingNew' }))).toBeUndefined();
    expect(wishOf(message('microsoft_graph', {}))).toBeUndefined();
  });
});
