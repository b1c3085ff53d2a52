export { type ExitName, exitCodes } from './exit-codes.ts';
export { factsOf, mappedNames, type EventFacts, type ProviderFacts } from './providers/facts.ts';
export type { OptionRow } from './providers/option-rows.ts';
export { commonSettings, snippetOf, variableOf } from './providers/snippet.ts';
export { accountSentence, passedOnSentence, proofSentence } from './providers/sentences.ts';
export { type CliHost, runCli } from './run-cli.ts';
export { type RunState, settingNames, settingRow } from './settings.ts';
