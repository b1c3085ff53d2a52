import { auth0 } from './auth0/index.ts';
import { brevo } from './brevo/index.ts';
import { calCom } from './cal_com/index.ts';
import { calendly } from './calendly/index.ts';
import { clerk } from './clerk/index.ts';
import type { ProviderDefinition } from './contract/provider.ts';
import { generic } from './generic/index.ts';
import { github } from './github/index.ts';
import { googleCalendar } from './google_calendar/index.ts';
import { hubspot } from './hubspot/index.ts';
import { mailgun } from './mailgun/index.ts';
import { microsoftGraph } from './microsoft_graph/index.ts';
import { paypal } from './paypal/index.ts';
import { pipedrive } from './pipedrive/index.ts';
import { postmark } from './postmark/index.ts';
import { resend } from './resend/index.ts';
import { salesforce } from './salesforce/index.ts';
import { segment } from './segment/index.ts';
import { sendgrid } from './sendgrid/index.ts';
import { shopify } from './shopify/index.ts';
import { slack } from './slack/index.ts';
import { standardWebhooks } from './standard_webhooks/index.ts';
import { stripe } from './stripe/index.ts';
import { telnyx } from './telnyx/index.ts';
import { twilio } from './twilio/index.ts';
import { vonage } from './vonage/index.ts';
import { workos } from './workos/index.ts';

/** Every provider Trunkline knows: one line each. */
export const providers = [
  auth0,
  brevo,
  calCom,
  calendly,
  clerk,
  github,
  googleCalendar,
  hubspot,
  mailgun,
  microsoftGraph,
  paypal,
  pipedrive,
  resend,
  salesforce,
  segment,
  sendgrid,
  shopify,
  slack,
  standardWebhooks,
  stripe,
  telnyx,
  twilio,
  vonage,
  workos,
  postmark,
  generic,
] as const;

const byName: ReadonlyMap<string, ProviderDefinition> = new Map<string, ProviderDefinition>(
  providers.map((provider) => [provider.name, provider]),
);

/**
 * The provider of that name. Its options have the type `unknown` here: whoever pairs it with settings parses them with
 * its own `options` schema first, as packages/sources does.
 */
export function providerNamed(name: string): ProviderDefinition | undefined {
  return byName.get(name);
}
