import type { Check } from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { accessOf } from '../operator-access.ts';

/** A check that `trunkline doctor` makes: one file, one line in index.ts. */
export type CommandCheck = Check<CommandContext>;

/** One that asks servers only, so that it is shared with programs that are no command. */
export function shared(check: Check): CommandCheck {
  return { ...check, run: (context, signal) => check.run(accessOf(context), signal) };
}
