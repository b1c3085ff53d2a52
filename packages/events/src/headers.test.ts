import { describe, expect, it } from 'vitest';

import { assertHeadersMatch, cloudEventHeaders, dataSchemaOf, headerName, readCloudEventHeaders } from './headers.ts';
import { sealEvent } from './seal.ts';
import { deliveryContext, paymentDraft } from './testing/builders.ts';

const sealed = sealEvent(paymentDraft(), deliveryContext());
const headers = cloudEventHeaders(sealed);
const decodeFailed = (header: string): unknown =>
  expect.objectContaining({ code: 'decode_failed', message: expect.stringContaining(header) as string });

describe('the headers of an event', () => {
  it('are those of CloudEvents 1.0 in binary mode', () => {
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
      ce_source: '/tenants/tnt_acme/sources/src_stripe',
      ce_type: 'payments.payment.succeeded',
      ce_time: '2024-11-22T00:00:00.000Z',
      ce_subject: 'payment_intent/pi_1',
      ce_dataschema: dataSchemaOf('payments.payment.v1'),
      ce_partitionkey: 'tnt_acme:stripe:acct_1.test:payment_intent:pi_1',
      'content-type': 'application/avro',
    });
    expect(headers[headerName.dataSchema]).toMatch(/^urn:trunkline:schema:payments\.payment\.v1-value:[1-9][0-9]*$/);
  });

  it('are read back from text and from bytes', () => {
    const bytes = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

    expect(readCloudEventHeaders(headers)).toEqual(readCloudEventHeaders(bytes));
    expect(readCloudEventHeaders(bytes)).toEqual({
      id: headers['ce_id'],
      source: headers['ce_source'],
      type: headers['ce_type'],
      time: headers['ce_time'],
      dataSchema: headers['ce_dataschema'],
      partitionKey: headers['ce_partitionkey'],
    });
  });

  it('match the record they were made from', () => {
    expect(() => assertHeadersMatch(sealed.record, headers)).not.toThrow();
  });

  it.each(['ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time'])(
    'do not match when %s says something else',
    (name) => {
      const other = { ...headers, [name]: name === 'ce_time' ? '2024-11-22T00:00:00.001Z' : `${headers[name] ?? ''}x` };

      expect(() => assertHeadersMatch(sealed.record, other)).toThrow(decodeFailed(name));
    },
  );

  it.each([
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_subject',
    'ce_time',
    'ce_dataschema',
    'ce_partitionkey',
  ])('are refused without %s', (name) => {
    expect(() => assertHeadersMatch(sealed.record, { ...headers, [name]: undefined })).toThrow(decodeFailed(name));
    expect(() => assertHeadersMatch(sealed.record, { ...headers, [name]: '' })).toThrow(decodeFailed(name));
  });

  it('of another CloudEvents version are refused', () => {
    expect(() => readCloudEventHeaders({ ...headers, ce_specversion: '2.0' })).toThrow(decodeFailed('ce_specversion'));
  });
});
