import { z } from 'zod';

import { secretHeaderName } from '../contract/header-name.ts';

const bearer = z.strictObject({
  scheme: z
    .literal('bearer')
    .describe('The webhook was created with auth.type bearer: Authorization: Bearer with the secret.'),
});

const basic = z.strictObject({
  scheme: z
    .literal('basic')
    .describe('The notify URL has user and password (https://user:password@…); the secret is user:password.'),
});

const token = z.strictObject({
  scheme: z.literal('token').describe('The webhook was created with a header of its own that repeats the secret.'),
  header: secretHeaderName.describe('Name of that header; case does not matter.'),
});

/** Brevo signs nothing, so one of its three ways to repeat a secret is required. */
export const brevoOptions = z.discriminatedUnion('scheme', [bearer, basic, token]);

export type BrevoOptions = z.output<typeof brevoOptions>;
