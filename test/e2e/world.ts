/** What an end-to-end test acts on: the real services as processes, on real servers, with an installation of their own. */
import { join } from 'node:path';

import { type Installation, randomKey, type ServiceProcess, startService } from '@trunkline/installation';
import { type Answer, createTestInstallation, postRequest, type TestInstallation } from '@trunkline/testkit';

import { type PaymentEvent, paymentRequest } from './stripe.ts';

export interface E2eWorld extends TestInstallation {
  readonly ingress: ServiceProcess;
  readonly payments: ServiceProcess;
  /** What `src_stripe` and its requests are signed with. */
  readonly stripeSecret: string;
  /** Posts a signed webhook about a payment, as Stripe would. */
  deliver(event: PaymentEvent): Promise<Answer>;
}

export const root: string = join(import.meta.dirname, '../..');

/** Spans are sent after this long instead of 5 s, so that a test need not wait for them. */
const spanDelayMs = 200;

/** How long a delivery may wait for a Kafka that is busy: below what a test waits for its answer, above what a provider does. */
export const patientMs = 12_000;

/** Starts ingress and payments; resolves when both are ready. */
export async function startWorld(
  given: Installation['endpoints'],
  {
    environment = {},
    retryTiers,
    acceptDeadlineMs = patientMs,
    services: ofServices,
  }: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly retryTiers?: readonly string[];
    /** Of what Stripe sends. */
    readonly acceptDeadlineMs?: number;
    /** Those that there are topics and tables of; all unless given, which costs more to make. */
    readonly services?: readonly string[];
  } = {},
): Promise<E2eWorld> {
  const { kafkaBrokers, kafkaUsers, registryUrl, postgresAdminUrl, zipkinUrl } = given;
  const stripeSecret = `whsec_${randomKey()}`;
  const made = await createTestInstallation({
    root,
    endpoints: {
      kafkaBrokers,
      kafkaUsers,
      registryUrl,
      postgresAdminUrl,
      ...(zipkinUrl === undefined ? {} : { zipkinUrl }),
    },
    ...(retryTiers === undefined ? {} : { retryTiers }),
    tier: 'e2e',
    services: ofServices,
    sourcesYaml: sourcesYaml(acceptDeadlineMs),
    secrets: { E2E_STRIPE_SECRET: stripeSecret, E2E_BLANK_SECRET: ' ' },
  });
  const env = { OTEL_BSP_SCHEDULE_DELAY: String(spanDelayMs), ...environment };
  const services = [
    await startService(made.installation, { name: 'ingress', port: made.ingressPort, env }),
    await startService(made.installation, { name: 'payments', env }),
  ] as const;
  const [ingress, payments] = services;
  const close = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
    await made.close();
  };
  try {
    await Promise.all(services.map((service) => service.ready()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...made,
    ingress,
    payments,
    stripeSecret,
    deliver: (event) => postRequest(made.ingressUrl, paymentRequest(event, stripeSecret)),
    close,
  };
}

const sourcesYaml = (acceptDeadlineMs: number): string => `version: 1
tenants:
  - id: tnt_e2e
    name: End to end
sources:
  - id: src_stripe
    tenant: tnt_e2e
    provider: stripe
    account: acct_demo
    secrets: ['env:E2E_STRIPE_SECRET']
    acceptDeadlineMs: ${acceptDeadlineMs}
    options:
      modes: [test]
  - id: src_no_secret
    tenant: tnt_e2e
    provider: stripe
    account: acct_none
    secrets: ['env:E2E_BLANK_SECRET', 'env:E2E_NOT_SET']
    options:
      modes: [test]
`;
