import type { ReceivedRequest } from '@trunkline/providers';
import { describe, expect, it } from 'vitest';

import { freshLike, withFreshIds } from './fresh-ids.ts';

function requestWith(body: string | Buffer, headers: ReceivedRequest['headers'] = []): ReceivedRequest {
  return { method: 'POST', target: '/', publicUrl: 'http://x/', headers, body: Buffer.from(body) };
}

const bodyOf = (request: ReceivedRequest): string => Buffer.from(request.body).toString('utf8');

describe('fresh ids', () => {
  it('replace an id wherever it is a whole value, each place with the same new one', () => {
    const request = requestWith('{"id":"evt_1Abc","again": "evt_1Abc","text":"about evt_1Abc","amount":4990}');

    const { id, again, text, amount } = JSON.parse(
      bodyOf(withFreshIds(request, { namedIds: [], messageIds: ['evt_1Abc'], entityIds: [] }, undefined)),
    );

    expect(id).toMatch(/^evt_[0-9A-Za-z]{16}$/);
    expect(id).not.toBe('evt_1Abc');
    expect(again).toBe(id);
    expect(text).toBe('about evt_1Abc');
    expect(amount).toBe(4990);
  });

  it('name the entity that was asked for, so that a history can be sent', () => {
    const request = requestWith('{"id":"evt_1Abc","data":{"object":{"id":"pi_1Abc"}}}');

    const { id, data } = JSON.parse(
      bodyOf(withFreshIds(request, { namedIds: [], messageIds: ['evt_1Abc'], entityIds: ['pi_1Abc'] }, 'pi_mine')),
    );

    expect(data.object.id).toBe('pi_mine');
    expect(id).not.toBe('evt_1Abc');
  });

  it('leave every other byte as it was: spacing, numbers beyond 2^53, bytes that are no UTF-8', () => {
    const body = Buffer.concat([
      Buffer.from('{ "n":90071992547409931,\n "id" : "id_12345678" , "raw":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);

    const changed = Buffer.from(
      withFreshIds(requestWith(body), { namedIds: [], messageIds: ['id_12345678'], entityIds: [] }, 'x').body,
    );

    expect(changed.subarray(0, 36).toString('latin1')).toBe('{ "n":90071992547409931,\n "id" : "id');
    expect(changed.subarray(-4)).toEqual(Buffer.from([0xff, 0xfe, 0x22, 0x7d]));
  });

  it('replace an id that is a number, a form value or a header', () => {
    const number = bodyOf(
      withFreshIds(
        requestWith('{"objectId":12345678,"portal":123456789}'),
        { namedIds: [], messageIds: ['12345678'], entityIds: [] },
        undefined,
      ),
    );
    const form = withFreshIds(
      requestWith('CallSid=CA12345678&To=CA12345678x', [['x-id', 'CA12345678']]),
      { namedIds: [], messageIds: ['CA12345678'], entityIds: [] },
      undefined,
    );

    expect(number).toMatch(/^\{"objectId":[1-9]\d{7},"portal":123456789\}$/);
    expect(number).not.toContain('12345678,');
    expect(bodyOf(form)).toMatch(/^CallSid=(?!CA12345678&)[^&]+&To=CA12345678x$/);
    expect(form.headers[0]?.[1]).not.toBe('CA12345678');
  });

  it('are put inside of longer values, and into the query, where the fixture itself names them', () => {
    const request = {
      ...requestWith('{"uri":"https://api.example.com/invitees/AbCd1234efgh"}'),
      target: '/?id=AbCd1234efgh',
    };

    const fresh = withFreshIds(request, { namedIds: ['AbCd1234efgh'], messageIds: [], entityIds: [] }, undefined);

    const id = /^\{"uri":"https:\/\/api\.example\.com\/invitees\/([0-9A-Za-z]{16})"\}$/.exec(bodyOf(fresh))?.[1];
    expect(id).toBeDefined();
    expect(fresh.target).toBe(`/?id=${id}`);
  });

  it('leave alone what is too short to be an id', () => {
    const request = requestWith('{"id":"a1","n":"a1"}');

    expect(bodyOf(withFreshIds(request, { namedIds: [], messageIds: ['a1'], entityIds: [] }, undefined))).toBe(
      '{"id":"a1","n":"a1"}',
    );
  });

  it('have the form of the old ones', () => {
    expect(freshLike('3f0c9f52-6a0b-4a0c-9d53-1b6f8c1f0a11')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(freshLike('1246965')).toMatch(/^[1-9]\d{6}$/);
    expect(freshLike('evt_0123456789abcdef0123')).toMatch(/^evt_[0-9a-f]{20}$/);
    expect(freshLike('order-7')).toMatch(/^[0-9A-Za-z]{16}$/);
  });
});
