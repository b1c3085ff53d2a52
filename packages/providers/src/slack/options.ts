import { z } from 'zod';

export const slackOptions = z.strictObject({});

export type SlackOptions = z.output<typeof slackOptions>;
