import { describe, expect, it } from 'vitest';

import { findDecodeFailure } from './decode-failure.ts';
import { schemaTexts } from './generated/schemas.ts';
import { payment, setup, topic } from './testing/codec-setup.ts';

const text = schemaTexts[topic];

async function encoded(): Promise<Buffer> {
  const { codec } = await setup();
  return codec.encode(topic, payment);
}

describe('where bytes stop being a record', () => {
  it('is nowhere where all of them are one', async () => {
    expect(findDecodeFailure(text, await encoded())).toBeUndefined();
  });

  it('is the field in which they end, and where it begins', async () => {
    const value = await encoded();

    const first = findDecodeFailure(text, value.subarray(0, 10));
    const last = findDecodeFailure(text, value.subarray(0, value.length - 1));

    expect(first).toEqual({ path: 'metadata.eventId', byte: 5, reason: 'ends_early' });
    expect(last).toMatchObject({ reason: 'ends_early', path: expect.not.stringMatching(/^metadata/) });
  });

  it('is the field that no value of its type stands in', async () => {
    const value = await encoded();
    const at = value.indexOf(payment.metadata.type);
    // A length before it that no text has.
    value.fill(0xff, at - 1, at + 9);

    expect(findDecodeFailure(text, value)).toMatchObject({ path: 'metadata.type', byte: at - 1 });
  });

  it('is behind the last field where bytes are left', async () => {
    const value = await encoded();

    expect(findDecodeFailure(text, Buffer.concat([value, Buffer.alloc(3)]))).toEqual({
      path: '',
      byte: value.length,
      reason: 'bytes_left',
    });
  });
});
