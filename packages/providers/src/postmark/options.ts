import { z } from 'zod';

import { secretHeaderName } from '../contract/header-name.ts';

const basic = z.strictObject({
  scheme: z
    .literal('basic')
    .describe('The webhook has HTTP auth (or its URL user and password); the secret is user:password.'),
});

const token = z.strictObject({
  scheme: z.literal('token').describe('The webhook was created with a header of its own that repeats the secret.'),
  header: secretHeaderName.describe('Name of that header; case does not matter.'),
});

/** Postmark signs nothing, so one of its two ways to repeat a secret is required. */
export const postmarkOptions = z.discriminatedUnion('scheme', [basic, token]);

export type PostmarkOptions = z.output<typeof postmarkOptions>;
