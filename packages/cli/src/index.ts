export { type ExitName, exitCodes } from './exit-codes.ts';
export { groups, type GroupPlan, retryTiers } from './groups.ts';
export { type CliHost, runCli } from './run-cli.ts';
export { embeddedTopics, type RunState } from './settings.ts';
