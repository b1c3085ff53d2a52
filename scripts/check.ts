/** `npm run check`: types, lint, format and generated files. */
import { runChecks } from './steps/checks.ts';
import { abortOnInterrupt } from './steps/interrupt.ts';
import { countLine, failures } from './steps/outcome.ts';

const outcomes = await runChecks(abortOnInterrupt());
console.log(countLine(outcomes));
process.exitCode = failures(outcomes) === 0 ? 0 : 1;
