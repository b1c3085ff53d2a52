import { bearerAuth, defaultRate, defineClient } from '../contract/index.ts';
import { slackCredentials } from './credentials.ts';
import { judgeSlack } from './judge.ts';
import { postMessage } from './operations/post-message.ts';
import { testAuth } from './operations/test-auth.ts';

/** https://docs.slack.dev/apis/web-api/ */
export const slack = defineClient({
  name: 'slack',
  origin: 'https://slack.com',
  // The Web API has one version and no name for it.
  apiVersion: undefined,
  credentials: slackCredentials,
  authorise: ({ botToken }) => bearerAuth(botToken),
  rates: [defaultRate],
  judge: judgeSlack,
  requestIdHeader: 'x-slack-req-id',
  operations: { postMessage },
  identify: testAuth,
});
