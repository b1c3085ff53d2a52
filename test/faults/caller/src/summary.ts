import { z } from 'zod';

/** What a caller tells at `/debug` under `caller`. */
export const callerSummary = z.object({
  /** Calls to the busy account that were answered. */
  done: z.array(z.string()),
  /** Requests that were tried to the host where nobody listens, and calls that were refused at once instead. */
  dead: z.object({ attempts: z.number(), heldBack: z.number() }),
  /** Of the calls of another tenant: when it began (epoch) and how long it took, in milliseconds. */
  calm: z.array(z.tuple([z.number(), z.number()])),
});
export type CallerSummary = z.infer<typeof callerSummary>;
