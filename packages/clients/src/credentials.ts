/** What each provider's API wants to be shown, without the clients themselves: for whoever checks a configuration. */
import type { z } from 'zod';

import { calendlyCredentials } from './calendly/credentials.ts';
import { hubspotCredentials } from './hubspot/credentials.ts';
import { resendCredentials } from './resend/credentials.ts';
import { sendgridCredentials } from './sendgrid/credentials.ts';
import { slackCredentials } from './slack/credentials.ts';
import { smtpCredentials } from './smtp/credentials.ts';
import { stripeCredentials } from './stripe/credentials.ts';
import { twilioCredentials } from './twilio/credentials.ts';
import { vonageCredentials } from './vonage/credentials.ts';

export { isSecret } from './contract/secret.ts';

/**
 * How an API knows who calls: by a key that is shown to it, by a name and a password (RFC 7617), by a certificate (mutual TLS,
 * beside whatever else it wants), or by a token that is signed for each call (RFC 7519).
 */
export type AuthKind = 'api_key' | 'basic' | 'mtls' | 'jwt';

/** A kind of account that can be connected. */
export interface Connectable {
  /** What people call the provider. */
  readonly title: string;
  readonly auth: AuthKind;
  /** Its fields, each with a description; those that `isSecret` are secrets. */
  readonly credentials: z.ZodObject;
}

/** By the words of trunkline.yaml. */
export const connectables = {
  calendly: { title: 'Calendly', auth: 'api_key', credentials: calendlyCredentials },
  hubspot: { title: 'HubSpot', auth: 'api_key', credentials: hubspotCredentials },
  resend: { title: 'Resend', auth: 'api_key', credentials: resendCredentials },
  sendgrid: { title: 'SendGrid', auth: 'api_key', credentials: sendgridCredentials },
  slack: { title: 'Slack', auth: 'api_key', credentials: slackCredentials },
  smtp: { title: 'a mail server (SMTP)', auth: 'basic', credentials: smtpCredentials },
  stripe: { title: 'Stripe', auth: 'api_key', credentials: stripeCredentials },
  twilio: { title: 'Twilio', auth: 'basic', credentials: twilioCredentials },
  vonage: { title: 'Vonage', auth: 'jwt', credentials: vonageCredentials },
} as const satisfies Readonly<Record<string, Connectable>>;

export type ConnectableName = keyof typeof connectables;

export function connectableNamed(name: string): Connectable | undefined {
  return Object.hasOwn(connectables, name) ? connectables[name as ConnectableName] : undefined; // it is one of its own keys
}
