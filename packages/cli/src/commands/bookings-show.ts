import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import { readBookings } from '../bookings/read-bookings.ts';
import { renderChain } from '../bookings/render.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface BookingsShowOptions {
  readonly what: string;
  readonly tenant?: string;
  readonly limit: number;
}

const mostBookings = 100;

export function define(bookings: Command, launch: Launch): void {
  const command = bookings
    .command('show')
    .description('what became of a booking: its state, its times, its phone and every move')
    .argument('<what>', 'the id of a booking or its meeting, phn_… for a phone, the number or address of an invitee')
    .option('--tenant <tnt_…>', 'whose bookings; needed where the sources file has several tenants')
    .option('--limit <n>', 'bookings at most', countArgument(1, mostBookings), 20)
    .action((what: string, options: Omit<BookingsShowOptions, 'what'>) => launch(run, { ...options, what }));
  addExamples(command, [
    ['trunkline bookings show 0c9a2f64-8b1d-4d7a-b6f0-7d5e3a2b1c01', 'one booking, and what it was moved to'],
    ['trunkline bookings show phn_front_desk', 'what a phone of the directory has in its calendar'],
    ['trunkline bookings show +14155550134 --json', 'for a script, what an invitee booked'],
  ]);
}

export async function run({ what, tenant, limit }: BookingsShowOptions, context: CommandContext): Promise<ExitName> {
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const chains = await withDatabase(context, 'calendar', (database) =>
    readBookings(database, { what, tenant: asked, limit }, context.signal),
  );
  if (chains.length === 0) {
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${asked} has no booking that goes by ${what}`,
      fix: 'trunkline rows calendar.booking',
    });
  }
  context.output.result({ tenant: asked, chains }, () =>
    chains.map((chain) => renderChain(chain, context.output.style)).join('\n\n'),
  );
  return 'ok';
}
