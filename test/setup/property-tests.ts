/** Runs before each file of the tiers that have property tests: bounds those that do not say so themselves, and seeds them. */
import fc from 'fast-check';

import { propertyRunsVariable, propertySeedVariable } from './property-variables.ts';

const runs = process.env[propertyRunsVariable];
const seed = process.env[propertySeedVariable];

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
});
