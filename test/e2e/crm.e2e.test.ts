import { randomUUID } from 'node:crypto';

import { type ServiceProcess, startService, until } from '@trunkline/installation';
import { createTestInstallation, type TestInstallation } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { trunkline } from './cli.ts';
import { recordsOn } from './facts.ts';
import { patientMs, root } from './world.ts';

const noticeTopic = 'notifications.request.v1';
const bookingId = '0c9a2f64-8b1d-4d7a-b6f0-7d5e3a2b1c99';

let world: TestInstallation;
let services: readonly ServiceProcess[] = [];

beforeAll(async () => {
  const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
  world = await createTestInstallation({
    root,
    endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl },
    tier: 'e2e',
    services: ['payments', 'calendar', 'crm'],
    sourcesYaml,
    secrets: { E2E_HUBSPOT: randomUUID(), E2E_CALENDLY: randomUUID() },
  });
  services = [
    await startService(world.installation, { name: 'ingress', port: world.ingressPort }),
    await startService(world.installation, { name: 'crm' }),
    await startService(world.installation, { name: 'calendar' }),
  ];
  await Promise.all(services.map((service) => service.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await world?.close();
});

describe('a contact of HubSpot, created and then given its e-mail', () => {
  it('is a contact with the e-mail, and a person', async () => {
    const created = await trunkline(world, ['send', 'hubspot', 'contact.creation', '--entity', '4711']);
    const changed = await trunkline(world, ['send', 'hubspot', 'contact.propertyChange', '--entity', '4711']);

    expect([created.exitCode, changed.exitCode]).toEqual([0, 0]);
    await until('the contact has its e-mail', async () => (await contacts()).some(({ email }) => email !== null), {
      deadlineMs: 60_000,
    });
    expect(await contacts()).toMatchObject([{ provider: 'hubspot', deleted_at: null, state: 'linking' }]);
  });
});

describe('a booking of the same person', () => {
  it('is told to the owner of its phone, and forgets the person when the CRM says so', async () => {
    const booked = await trunkline(world, ['send', 'calendly', 'invitee.created', '--entity', bookingId]);
    await until('the owner is asked to be told', async () => (await recordsOn(world, noticeTopic)).length > 0, {
      deadlineMs: 60_000,
    });
    const before = await booking();

    const deleted = await trunkline(world, ['send', 'hubspot', 'contact.privacyDeletion', '--entity', '4711']);
    await until('the booking is erased', async () => (await booking())?.erased_at !== null, { deadlineMs: 60_000 });

    expect([booked.exitCode, deleted.exitCode]).toEqual([0, 0]);
    expect(await recordsOn(world, noticeTopic)).toHaveLength(1);
    expect(before).toMatchObject({ invitee_email: 'ida.invitee@example.com', phone_id: 'phn_front', erased_at: null });
    expect(await booking()).toMatchObject({
      invitee_email: null,
      invitee_name: null,
      title: null,
      phone_id: 'phn_front',
    });
    expect(await trunkline(world, ['contacts', 'show', 'ida.invitee@example.com'])).toMatchObject({
      json: { error: { message: expect.stringContaining('the address was erased') } },
    });
  });
});

interface ContactRow {
  readonly email: string | null;
}

interface BookingRow {
  readonly erased_at: Date | null;
}

async function booking(): Promise<BookingRow | undefined> {
  const [row] = await world.database.statement<BookingRow>(
    `SELECT invitee_email, invitee_name, title, phone_id, erased_at FROM calendar.booking`,
    [],
  );
  return row;
}

async function contacts(): Promise<readonly ContactRow[]> {
  return await world.database.statement<ContactRow>(
    `SELECT c.provider, c.email, c.deleted_at, a.state FROM crm.contact c
    JOIN crm.contact_person USING (tenant_id, provider, account, kind, entity_id)
    LEFT JOIN crm.contact_address h USING (tenant_id, provider, account, kind, entity_id)
    LEFT JOIN crm.address a ON a.tenant_id = h.tenant_id AND a.digest = h.digest`,
    [],
  );
}

const sourcesYaml = `version: 1
tenants:
  - id: tnt_e2e
    name: End to end
sources:
  - id: src_hubspot
    tenant: tnt_e2e
    provider: hubspot
    secrets: ['env:E2E_HUBSPOT']
    acceptDeadlineMs: ${patientMs}
  - id: src_calendly
    tenant: tnt_e2e
    provider: calendly
    account: DEMOORGANIZATION1
    secrets: ['env:E2E_CALENDLY']
    acceptDeadlineMs: ${patientMs}
people:
  - { id: per_ada, tenant: tnt_e2e, name: Ada, channels: [{ id: mail, kind: email, to: ada@acme.example }] }
phones:
  - id: phn_front
    tenant: tnt_e2e
    owners: [per_ada]
    sources: [src_calendly]
    tell: { booking_created: [mail] }
`;
