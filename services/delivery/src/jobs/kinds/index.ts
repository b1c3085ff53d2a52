import type { JobKind } from '@trunkline/delivery';

import { backfill } from './backfill.ts';
import { discard } from './discard.ts';
import type { KindRule } from './kind.ts';
import { recover } from './recover.ts';
import { replayMissing } from './replay-missing.ts';
import { resend } from './resend.ts';

/** Which pairs each kind is about. */
export const kindRules: Readonly<Record<JobKind, KindRule>> = {
  resend,
  recover,
  'replay-missing': replayMissing,
  backfill,
  discard,
};
