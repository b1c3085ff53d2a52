import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';

/**
 * https://pipedrive.readme.io/docs/guide-for-webhooks-v2: nothing is signed. The webhook is created with
 * http_auth_user and http_auth_password, and Pipedrive sends them with every message.
 */
export const pipedriveScheme: Scheme = sharedToken({ form: 'basic', header: 'Authorization' });
