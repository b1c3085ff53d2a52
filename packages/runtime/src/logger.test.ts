import { TrunklineError } from '@trunkline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLogger } from './logger.ts';
import { logLimits, safeFields } from './safe-fields.ts';

describe('a log line', () => {
  it('is one line of JSON with the service, the instance and the fields', () => {
    const lines: string[] = [];
    const logger = createLogger({
      name: 'ingress',
      version: '1.0.0',
      instance: 'a-1',
      level: 'info',
      write: (line) => lines.push(line),
    });

    logger.info({ deliveryId: 'dlv_1' }, 'delivery');
    logger.debug({}, 'not written at this level');

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'info',
        service: 'ingress',
        instance: 'a-1',
        deliveryId: 'dlv_1',
        message: 'delivery',
      }),
    ]);
  });

  it('has the bytes that JSON gives to what is safe of its fields, whichever way it was written', () => {
    const name = fc.stringMatching(/^[a-z][a-zA-Z"é]{0,8}$/);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constant('x'.repeat(logLimits.textLength + 1)),
    );
    const flat = fc.oneof(
      text,
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.array(text),
    );
    const value = fc.oneof({ weight: 9, arbitrary: flat }, fc.record({ deeper: flat }));
    const fields = fc.dictionary(name, value, { noNullPrototype: true });
    const lines: string[] = [];
    const identity = { name: 'ingress', version: '1.0.0', instance: 'a-"1' };
    const logger = createLogger({ ...identity, level: 'info', write: (line) => lines.push(line) });

    fc.assert(
      fc.property(fields, text, (given, message) => {
        logger.warn(given, message);

        const time = (JSON.parse(lines.at(-1) ?? '') as { readonly time: string }).time;
        const { name: service, ...process } = identity;
        const said = { level: 'warn', time, service, ...process, ...safeFields(given), message };
        expect(lines.at(-1)).toBe(`${JSON.stringify(said)}\n`);
      }),
    );
  });

  it.each([
    ['stripeSecret', 'whsec_marker'],
    ['x-api-key', 'marker'],
    ['authorization', 'Bearer marker'],
    ['connectionString', 'postgres://u:marker@h'],
    ['set-cookie', 'marker'],
    ['body', '{"marker":1}'],
    ['email', 'marker@example.org'],
    ['from', '+1555marker'],
    ['nested', { deeper: { password: 'marker' } }],
    ['nested', { deeper: { evenDeeper: { x: 'marker' } } }],
    ['bytes', Buffer.from('marker')],
    ['callback', () => 'marker'],
  ])('does not carry the value of %s', (name, value) => {
    const fields = safeFields({ [name]: value });

    expect(JSON.stringify(fields)).not.toContain('marker');
  });

  it('keeps the ids that people search for', () => {
    const fields = {
      eventId: 'evt_1',
      tenantId: 'tnt_1',
      sourceId: 'src_1',
      traceId: 'abc',
      eventIds: ['evt_1', 'evt_2'],
      status: 200,
    };

    expect(safeFields(fields)).toEqual(fields);
  });

  it('shows of an error its name, code, message and causes, and nothing that a driver hung on it', () => {
    const driver = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (phone)=(marker) exists',
      row: { phone: 'marker' },
    });

    const { err } = safeFields({ err: new TrunklineError('constraint_violated', 'cannot insert', { cause: driver }) });

    expect(err).toMatchObject({
      name: 'TrunklineError',
      code: 'constraint_violated',
      cause: { code: '23505', message: 'duplicate key' },
    });
    expect(JSON.stringify(err)).not.toContain('marker');
  });

  it('has a longest text, a longest list and an end to circles', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;

    const fields = safeFields({ long: 'x'.repeat(1_000_000), many: Array.from({ length: 1_000 }, () => 1), circle });

    expect(JSON.stringify(fields).length).toBeLessThan(logLimits.textLength + 1_000);
  });
});
