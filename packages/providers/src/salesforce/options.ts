import { z } from 'zod';

export const salesforceOptions = z.strictObject({
  credential: z
    .enum(['query', 'basic'])
    .default('query')
    .describe(
      'Where the secret is: a parameter of the endpoint URL (?token=…), or basic authentication that a gateway adds.',
    ),
  parameter: z
    .enum(['token', 'secret'])
    .default('token')
    .describe('The name of the parameter; its value is never logged or archived.'),
});

export type SalesforceOptions = z.output<typeof salesforceOptions>;
