import { z } from 'zod';

export const segmentOptions = z.strictObject({
  header: z
    .enum(['X-Signature', 'X-Segment-Signature'])
    .default('X-Signature')
    .describe(
      'X-Segment-Signature when the destination is set to use it: it covers a whole batch. X-Signature covers the first event of a batch only; the others are dropped.',
    ),
});

export type SegmentOptions = z.output<typeof segmentOptions>;
