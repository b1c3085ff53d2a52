import { z } from 'zod';

import { secret } from '../contract/secret.ts';

export const smtpCredentials = z.object({
  host: z.string().min(1).max(253).describe('The name of the mail server, such as smtp.acme.example.'),
  port: z.int().min(1).max(65_535).describe('Its port: 587 with starttls, 465 with tls.'),
  security: z
    .enum(['tls', 'starttls', 'plain'])
    .describe(
      "tls from the first byte (465); starttls, without which nothing is sent (587); plain is for one's own networks.",
    ),
  user: z.string().min(1).max(320).optional().describe('Who logs in; nobody does without it.'),
  password: secret().optional().describe('The password of the user.'),
});
export type SmtpCredentials = z.infer<typeof smtpCredentials>;
