import { z } from 'zod';

/** Nothing to choose: one endpoint belongs to one environment, which `account` names. */
export const workosOptions = z.strictObject({});

export type WorkosOptions = z.output<typeof workosOptions>;
