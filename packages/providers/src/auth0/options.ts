import { z } from 'zod';

export const auth0Options = z.strictObject({
  scheme: z
    .enum(['bearer', 'basic', 'token'])
    .default('bearer')
    .describe(
      'How the stream authenticates. bearer and basic: those of event streams. token: the Authorization header is the secret itself, as log streams send it.',
    ),
});

export type Auth0Options = z.output<typeof auth0Options>;
