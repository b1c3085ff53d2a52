import { createDigest, email, phone } from '@trunkline/addresses';
import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import { readErased, readPeople } from '../contacts/read-person.ts';
import { renderPerson } from '../contacts/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { readSecret } from '../secret-reference.ts';
import { addExamples } from './examples.ts';

export interface ContactsShowOptions {
  readonly what: string;
  readonly tenant?: string;
  readonly limit: number;
}

/** As many as a page of the timeline has. */
const mostTouches = 200;

export function define(contacts: Command, launch: Launch): void {
  const command = contacts
    .command('show')
    .description('who a contact is, and what happened with the person: calls, messages, bookings, payments, mails')
    .argument('<what>', 'the id of a contact or a person, a number with its +, or a mail address')
    .option('--tenant <tnt_…>', 'whose contacts; needed where the sources file has several tenants')
    .option('--limit <n>', 'events at most, the latest', countArgument(1, mostTouches), 20)
    .action((what: string, options: Omit<ContactsShowOptions, 'what'>) => launch(run, { ...options, what }));
  addExamples(command, [
    ['trunkline contacts show ada@example.com', 'who has this address, and their history'],
    ['trunkline contacts show +14155550134 --limit 100', 'more of it'],
    ['trunkline contacts show 1246965 --json', 'for a script, by the id that the CRM has'],
  ]);
}

export async function run({ what, tenant, limit }: ContactsShowOptions, context: CommandContext): Promise<ExitName> {
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const address = what.includes('@') ? email(what) : what.startsWith('+') ? phone(what) : undefined;
  const digest = address === undefined ? undefined : await digestOf(asked, address, context);
  const wanted = { tenant: asked, id: address === undefined ? what : undefined, digest, limit };
  const { people, erased } = await withDatabase(context, 'crm', async (database) => {
    const found = await readPeople(database, wanted, context.signal);
    return { people: found, erased: found.length > 0 ? undefined : await readErased(database, wanted, context.signal) };
  });
  if (people.length === 0) {
    const nobody = `${asked} has no contact that goes by ${what}`;
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      ...(erased === undefined
        ? { message: nobody, fix: 'trunkline rows crm.contact' }
        : {
            message: `${nobody}: the ${erased.what} was erased, with what happened until ${erased.erasedAt.toISOString()}`,
            fix: 'docs/how-to/erase-a-person.md',
          }),
    });
  }
  context.output.result({ tenant: asked, people }, () =>
    people.map((person) => renderPerson(person, context.output.style)).join('\n\n'),
  );
  return 'ok';
}

/** Addresses are found by what stands for them, which the installation's key makes. */
async function digestOf(tenant: string, address: string, context: CommandContext): Promise<Buffer> {
  const key = await readSecret('env:TRUNKLINE_INSTALLATION_KEY', context.settings);
  return createDigest(Buffer.from(key, 'hex'))(tenant, address);
}
