import { z } from 'zod';

export const vonageOptions = z.strictObject({
  signature: z
    .enum(['jwt', 'md5hash', 'md5', 'sha1', 'sha256', 'sha512'])
    .default('jwt')
    .describe(
      'How callbacks are signed. jwt: Voice and Messages. The others: the SMS API, with the signature method of the account (prefer sha256 or sha512).',
    ),
  voiceAnswer: z
    .array(z.looseObject({ action: z.string().min(1) }))
    .max(100)
    .default([])
    .describe(
      'The NCCO, a list of actions, for requests that ask what to do with a call. The default, none, hangs up.',
    ),
});

export type VonageOptions = z.output<typeof vonageOptions>;
