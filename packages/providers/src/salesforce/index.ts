import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import type { Reply } from '../contract/reply.ts';
import { firstSecret } from '../contract/settings.ts';
import { basicForm, tokenForm } from '../schemes/secret-forms.ts';
import { salesforceKnownTypes } from './known-types.ts';
import { normalizeSalesforce } from './normalize.ts';
import { salesforceMappings } from './objects.ts';
import { type SalesforceOptions, salesforceOptions } from './options.ts';
import { salesforceScheme, verifySalesforce } from './verify.ts';

/** Anything else, a plain 200 included, is a failure to Salesforce, and everything is sent again. */
const acknowledgement: Reply = {
  status: 200,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body:
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>' +
    '</soapenv:Body></soapenv:Envelope>',
};

export const salesforce: ProviderDefinition<SalesforceOptions> = {
  name: 'salesforce',
  title: 'Salesforce outbound messages',
  docsUrl: 'https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging.htm',
  domains: ['crm'],
  scheme: 'A secret in the URL or basic authentication, and the organization id; nothing is signed',
  methods: ['POST'],
  options: salesforceOptions,
  account: 'payload',
  accountFormat: {
    pattern: /^00D(?:[A-Za-z0-9]{12}|[A-Za-z0-9]{15})$/,
    example: '00Dx0000000DemoEAC',
    whereToFind:
      'Setup, Company Information: Salesforce.com Organization ID. Set it, and messages of others are refused.',
  },
  secrets: {
    label: 'Token in the endpoint URL',
    whereToFind: 'Yours to choose: append ?token=… to the endpoint URL of the outbound message. Basic: user:password.',
    generate: () => `trunkline:${randomBytes(24).toString('base64url')}`,
    flawOf: (value, { credential }) => (credential === 'basic' ? basicForm(value) : tokenForm(value)),
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '60 seconds (not confirmed), with the SOAP acknowledgement.',
    schedule: 'For 24 hours with growing intervals up to two hours; order is not kept.',
    autoDisable: 'None is documented. What was not delivered in 24 hours is dropped.',
    outage: 'Nothing is lost while it lasts less than a day. What is delivered late has the state of then.',
    dedupeBy: 'The id of the notification; Salesforce says that one may come twice.',
  },
  pitfalls: [
    'Leave "Send Session ID" off: a session id in a message lets its reader act as the user.',
    'A message has the fields that were chosen for it, as they are when it is sent. Add SystemModstamp, or nothing says which of two is newer.',
    'It does not say whether a record is new: every message is an update.',
  ],
  knownTypes: salesforceKnownTypes,
  eventTypes: [
    ...salesforceMappings,
    // A member of a campaign is a link between two records, and neither is told with it.
    { from: 'CampaignMember', to: 'integration.event.received' },
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: (options) => salesforceScheme(options).coverage,
  verify: verifySalesforce,
  sign: (request, settings, nowMs) => salesforceScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeSalesforce,
  reply: () => acknowledgement,
};
