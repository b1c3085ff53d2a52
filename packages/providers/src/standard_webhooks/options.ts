import { z } from 'zod';

export const standardWebhooksOptions = z.strictObject({
  entity: z
    .string()
    .regex(/^(?:\/(?:[^~/]|~0|~1)*)+$/, 'write a JSON pointer such as /data/id')
    .optional()
    .describe('Where the id of the thing is that events must stay in order for: a JSON pointer such as /data/id.'),
});

export type StandardWebhooksOptions = z.output<typeof standardWebhooksOptions>;
