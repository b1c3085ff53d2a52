import { expect } from 'vitest';

import type { RecordOf } from '../catalogue.ts';
import { createEventCodec, type EventCodec, type EventCodecOptions } from '../codec.ts';
import { schemaTexts } from '../generated/schemas.ts';
import { sealEvent } from '../seal.ts';
import { deliveryContext, type MemoryRegistry, memoryRegistry, paymentDraft } from './builders.ts';

/** What the tests of the codec share: a codec over a registry in memory, where the topics asked for are registered. */

export const topic = 'payments.payment.v1';
export const subject = 'payments.payment.v1-value';
export const payment: RecordOf<typeof topic> = sealEvent(paymentDraft(), deliveryContext()).record;

export function failsWith(code: string, message = ''): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(message) as string });
}

/** What `run` throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

export interface Setup {
  readonly registry: MemoryRegistry;
  readonly codec: EventCodec;
}

export async function setup(options: Partial<EventCodecOptions> = {}): Promise<Setup> {
  const registry = memoryRegistry();
  const topics = options.topics ?? [topic];
  for (const name of topics) registry.register(`${name}-value`, schemaTexts[name]);
  return { registry, codec: await createEventCodec({ registry, topics, ...options }) };
}

/** The same bytes under another schema id. */
export function withId(value: Buffer, id: number): Buffer {
  const copy = Buffer.from(value);
  copy.writeUInt32BE(id, 1);
  return copy;
}
