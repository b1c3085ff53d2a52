import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { basicForm } from '../schemes/secret-forms.ts';
import { normalizePipedrive } from './normalize.ts';
import { pipedriveMappings } from './objects.ts';
import { passedOn } from './passed-on.ts';
import { pipedriveScheme } from './verify.ts';

const options = z.strictObject({});

export const pipedrive: ProviderDefinition<z.output<typeof options>> = {
  name: 'pipedrive',
  title: 'Pipedrive',
  docsUrl: 'https://pipedrive.readme.io/docs/guide-for-webhooks-v2',
  domains: ['crm'],
  scheme: 'HTTP basic authentication; nothing is signed',
  methods: ['POST'],
  options,
  account: 'payload',
  accountFormat: {
    pattern: /^[1-9][0-9]{0,15}$/,
    example: '7654321',
    whereToFind: 'company_id in the answer of GET /v1/users/me',
  },
  secrets: {
    label: 'HTTP auth user and password, as user:password',
    whereToFind: 'Yours to choose: Pipedrive, Tools and apps, Webhooks, Create new webhook (version 2), HTTP Auth',
    generate: () => `trunkline:${randomBytes(24).toString('base64url')}`,
    flawOf: basicForm,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '10 seconds.',
    schedule: 'Three times: after 3, 30 and 150 seconds.',
    autoDisable:
      'Ten first attempts that fail ban the webhook for 30 minutes; what happens meanwhile is not sent. After three days without a success it is deleted.',
    outage:
      'After about three minutes messages are lost, and after ten failures all of the next half hour. Compare with GET /v1/recents afterwards.',
    dedupeBy: 'meta.id, the event that triggered the message (version 2 only).',
  },
  pitfalls: [
    'Webhooks of version 1 are passed on under their own names (added.deal), and the verdict is partial; create them as version 2.',
    'A lead is a deal here, of the kind lead: it has a title and a value, and names a person.',
    'A merge is two messages: a deletion that names the record it went into, and a change of that record.',
  ],
  eventTypes: [
    ...pipedriveMappings,
    ...passedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => pipedriveScheme.coverage,
  verify: (request, settings, nowMs) => pipedriveScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => pipedriveScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizePipedrive,
};
