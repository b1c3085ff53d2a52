import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** A bot's token: https://docs.slack.dev/authentication/tokens */
export const slackCredentials = z.object({
  botToken: secret(z.string().regex(/^xox[a-z]-/, 'is no token of Slack (xoxb-…)')).describe(
    'The token of a bot, xoxb-…, with the scope chat:write.',
  ),
});
export type SlackCredentials = z.infer<typeof slackCredentials>;
