import { INVALID_SPAN_CONTEXT, TraceFlags } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';

import { extractTrace, injectTrace, parseTraceparent } from './tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const span = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
const traceparent = `00-${traceId}-${spanId}-01`;

describe('trace headers', () => {
  it('carry the span, and at the first publish become the origin', () => {
    expect(injectTrace({ ce_id: 'e' }, span)).toEqual({ ce_id: 'e', traceparent, 'x-origin-traceparent': traceparent });
  });

  it('of a later publish replace the span and keep the origin', () => {
    const origin = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const headers = { traceparent: origin, tracestate: 'vendor=old', 'x-origin-traceparent': origin };

    expect(injectTrace(headers, span)).toEqual({ traceparent, 'x-origin-traceparent': origin });
  });

  it('stay as they are when nothing is traced', () => {
    const headers = { traceparent: 'whatever the sender wrote' };

    expect(injectTrace(headers, INVALID_SPAN_CONTEXT)).toBe(headers);
  });

  it('are read back', () => {
    expect(extractTrace({ traceparent })).toEqual({ ...span, isRemote: true });
    expect(extractTrace({})).toBeUndefined();
  });

  it.each([
    '',
    'garbage',
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
  ])('that are not valid are ignored: "%s"', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
