import { calendly } from './calendly/index.ts';
import type { ClientDefinition } from './contract/index.ts';
import { hubspot } from './hubspot/index.ts';
import { resend } from './resend/index.ts';
import { sendgrid } from './sendgrid/index.ts';
import { slack } from './slack/index.ts';
import { stripe } from './stripe/index.ts';
import { twilio } from './twilio/index.ts';
import { vonage } from './vonage/index.ts';

/** Every API that Trunkline calls: one line each. */
export const clients = { calendly, hubspot, resend, sendgrid, slack, stripe, twilio, vonage } as const;

export type ClientName = keyof typeof clients;

/** A client by the word of trunkline.yaml; its own schema has to read the credentials before they are shown to it. */
export function clientNamed(name: string): ClientDefinition<unknown, unknown> | undefined {
  if (!Object.hasOwn(clients, name)) return undefined;
  // Which credentials it takes is known to its schema alone, which whoever asks by name has to go through.
  return clients[name as ClientName] as unknown as ClientDefinition<unknown, unknown>;
}
