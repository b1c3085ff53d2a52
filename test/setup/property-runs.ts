/** Runs before each file of a tier that bounds its property tests: those that say no number of runs take this one. */
import fc from 'fast-check';

import { propertyRunsVariable } from './property-runs-variable.ts';

fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: Number(process.env[propertyRunsVariable]) });
