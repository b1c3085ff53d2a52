import { describe } from 'vitest';

import type { ProviderDefinition } from '../contract/provider.ts';
import { describeBodyCredentials } from './body-credential-cases.ts';
import { type ProviderCases, settingsWith, type Subject } from './conformance.ts';
import { describeCoverage } from './coverage-cases.ts';
import { describeFixtures } from './fixture-cases.ts';
import { describeHeaders } from './header-cases.ts';
import { describeIdentity } from './identity-cases.ts';
import { describeNormalization } from './normalization-cases.ts';
import { describeParameters } from './parameter-cases.ts';
import { describeSecrets } from './secret-cases.ts';
import { describeTimestamps } from './timestamp-cases.ts';

export { jsonArray, type ProviderCases } from './conformance.ts';

/** 2026-03-02T10:15:30Z: what the suite calls now. */
export const conformanceNowMs: number = Date.UTC(2026, 2, 2, 10, 15, 30);

/**
 * The cases every provider passes: what is proven is accepted, anything else is refused by a named step, nothing is
 * ever thrown, and what is accepted becomes events that seal, fit their schemas and keep their ids.
 */
export function describeProvider<O>(definition: ProviderDefinition<O>, cases: ProviderCases<O>): void {
  const title = cases.variant === undefined ? definition.name : `${definition.name}, ${cases.variant}`;
  const settings = settingsWith(definition, { options: cases.options, account: cases.account });
  const target = `/hooks/${settings.sourceId}`;
  const request = { target, publicUrl: `https://hooks.example.com${target}`, ...cases.request };
  const subject: Subject<O> = { definition, settings, request, nowMs: conformanceNowMs };

  describe(`the provider ${title}`, () => {
    describeHeaders(subject, cases.downgrades ?? {});
    describeCoverage(subject, cases);
    describeBodyCredentials(subject);
    describeParameters(subject);
    describeSecrets(subject);
    describeTimestamps(subject, cases);
    describeNormalization(subject, cases);
    if (cases.fixtures !== true) return;
    describeFixtures(definition);
    describeIdentity(definition);
  });
}
