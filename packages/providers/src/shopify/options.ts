import { z } from 'zod';

/** Nothing to choose: one source is one shop, which `account` names. */
export const shopifyOptions = z.strictObject({});

export type ShopifyOptions = z.output<typeof shopifyOptions>;
