import { readFileSync } from 'node:fs';

import { Command, Option } from 'commander';
import { z } from 'zod';

import * as account from './commands/account.ts';
import * as aclsApply from './commands/acls-apply.ts';
import * as aclsPlan from './commands/acls-plan.ts';
import * as apiKeysChange from './commands/api-keys-change.ts';
import * as apiKeysCreate from './commands/api-keys-create.ts';
import * as apiKeysList from './commands/api-keys-list.ts';
import * as bookingsShow from './commands/bookings-show.ts';
import * as configCheck from './commands/config-check.ts';
import * as configSchema from './commands/config-schema.ts';
import * as connectionsCheck from './commands/connections-check.ts';
import * as connectionsDecide from './commands/connections-decide.ts';
import * as connectionsList from './commands/connections-list.ts';
import * as connectionsShow from './commands/connections-show.ts';
import * as contactsShow from './commands/contacts-show.ts';
import * as debug from './commands/debug.ts';
import * as directoryRelink from './commands/directory-relink.ts';
import * as directoryShow from './commands/directory-show.ts';
import * as dlqCause from './commands/dlq-cause.ts';
import * as dlqDecide from './commands/dlq-decide.ts';
import * as dlqList from './commands/dlq-list.ts';
import * as dlqRedrive from './commands/dlq-redrive.ts';
import * as dlqShow from './commands/dlq-show.ts';
import * as dlqStats from './commands/dlq-stats.ts';
import * as doctor from './commands/doctor.ts';
import * as endpointsChange from './commands/endpoints-change.ts';
import * as endpointsCreate from './commands/endpoints-create.ts';
import * as endpointsList from './commands/endpoints-list.ts';
import * as endpointsListen from './commands/endpoints-listen.ts';
import * as endpointsRotate from './commands/endpoints-rotate.ts';
import * as endpointsShow from './commands/endpoints-show.ts';
import * as eventsSearch from './commands/events-search.ts';
import * as eventsShow from './commands/events-show.ts';
import * as eventsTail from './commands/events-tail.ts';
import * as helpExitCodes from './commands/help-exit-codes.ts';
import * as jobsChange from './commands/jobs-change.ts';
import * as jobsList from './commands/jobs-list.ts';
import * as jobsShow from './commands/jobs-show.ts';
import * as journalRebuild from './commands/journal-rebuild.ts';
import * as keysDecide from './commands/keys-decide.ts';
import * as keysList from './commands/keys-list.ts';
import * as keysShow from './commands/keys-show.ts';
import * as lag from './commands/lag.ts';
import * as ledgerBalance from './commands/ledger-balance.ts';
import * as ledgerCheck from './commands/ledger-check.ts';
import * as ledgerShow from './commands/ledger-show.ts';
import * as messagesList from './commands/messages-list.ts';
import * as messagesShow from './commands/messages-show.ts';
import * as migrate from './commands/migrate.ts';
import * as monitor from './commands/monitor.ts';
import * as notificationsDecide from './commands/notifications-decide.ts';
import * as notificationsList from './commands/notifications-list.ts';
import * as notificationsShow from './commands/notifications-show.ts';
import * as notificationsTest from './commands/notifications-test.ts';
import * as providersFixtures from './commands/providers-fixtures.ts';
import * as providersList from './commands/providers-list.ts';
import * as providersNew from './commands/providers-new.ts';
import * as providersShow from './commands/providers-show.ts';
import * as replay from './commands/replay.ts';
import * as resend from './commands/resend.ts';
import * as rows from './commands/rows.ts';
import * as schemasCheck from './commands/schemas-check.ts';
import * as schemasRegister from './commands/schemas-register.ts';
import * as send from './commands/send.ts';
import * as servicesNew from './commands/services-new.ts';
import * as sign from './commands/sign.ts';
import * as topicsApply from './commands/topics-apply.ts';
import * as topicsPlan from './commands/topics-plan.ts';
import * as trace from './commands/trace.ts';
import * as undelivered from './commands/undelivered.ts';
import * as vaultRotate from './commands/vault-rotate.ts';
import * as vaultStatus from './commands/vault-status.ts';
import * as verify from './commands/verify.ts';
import type { Launch } from './context.ts';
import { settingNames, settingRow } from './settings.ts';

/** One version for all packages: that of this one. The same path from src/ and from dist/. */
function versionText(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  return `trunkline ${version} (node ${process.versions.node})`;
}

interface HelpStreams {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

/** The whole command line. Each command is one file with `define` (its words) and `run` (what it does). */
export function createProgram(launch: Launch, streams: HelpStreams): Command {
  const json = new Option('--json', 'one JSON document on stdout and nothing else there');
  const program = new Command('trunkline')
    .description('Send, look at and repair events of a Trunkline installation.')
    .version(versionText(), '--version', 'the version of this build')
    .exitOverride()
    .configureOutput(streams)
    // Of the root's options a command's help repeats --json only; thirteen lines more would bury the command's own.
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => (command.parent === null ? [] : [json]),
    })
    .showHelpAfterError('(add --help for the options and examples)')
    .addOption(json);
  for (const name of settingNames) {
    const { what, flag, variable } = settingRow(name);
    program.addOption(
      new Option(flag, `${what} [${variable}]`).helpGroup(
        'Where things are (else from the environment, else from the run of npm start):',
      ),
    );
  }

  send.define(program, launch);
  verify.define(program, launch);
  sign.define(program, launch);
  const providers = group(program, 'providers', 'the providers of this build');
  providersList.define(providers, launch);
  providersShow.define(providers, launch);
  providersNew.define(providers, launch);
  providersFixtures.define(providers, launch);
  servicesNew.define(group(program, 'services', 'the services of this build'), launch);
  const events = group(program, 'events', 'events and deliveries');
  eventsSearch.define(events, launch);
  eventsShow.define(events, launch);
  eventsTail.define(events, launch);
  trace.define(program, launch);
  rows.define(program, launch);
  bookingsShow.define(group(program, 'bookings', 'bookings and what became of them'), launch);
  const ledger = group(program, 'ledger', 'what was said about money, and what it comes to');
  ledgerBalance.define(ledger, launch);
  ledgerCheck.define(ledger, launch);
  ledgerShow.define(ledger, launch);
  contactsShow.define(group(program, 'contacts', 'contacts and what happened with them'), launch);
  const connections = group(program, 'connections', 'accounts at providers that are called');
  connectionsList.define(connections, launch);
  connectionsShow.define(connections, launch);
  connectionsCheck.define(connections, launch);
  connectionsDecide.define(connections, launch);
  const vault = group(program, 'vault', 'the keys that seal the secrets of connections');
  vaultStatus.define(vault, launch);
  vaultRotate.define(vault, launch);
  const notifications = group(program, 'notifications', 'what people were to be told, and what came of it');
  notificationsList.define(notifications, launch);
  notificationsShow.define(notifications, launch);
  notificationsDecide.define(notifications, launch);
  notificationsTest.define(notifications, launch);
  const topics = group(program, 'topics', 'the topics of this build');
  topicsPlan.define(topics, launch);
  topicsApply.define(topics, launch);
  const acls = group(program, 'acls', 'what each service may do on the brokers');
  aclsPlan.define(acls, launch);
  aclsApply.define(acls, launch);
  const schemas = group(program, 'schemas', 'the schemas of this build in the registry');
  schemasCheck.define(schemas, launch);
  schemasRegister.define(schemas, launch);
  const dlq = group(program, 'dlq', 'dead letters of a consumer group');
  dlqStats.define(dlq, launch);
  dlqList.define(dlq, launch);
  dlqShow.define(dlq, launch);
  dlqRedrive.define(dlq, launch);
  dlqDecide.define(dlq, launch);
  dlqCause.define(dlq, launch);
  replay.define(program, launch);
  const keys = group(program, 'keys', 'keys whose events wait, because one failed and they are kept in order');
  keysList.define(keys, launch);
  keysShow.define(keys, launch);
  keysDecide.define(keys, launch);
  const jobs = group(program, 'jobs', 'what is done with many dead letters, and how far it is');
  jobsList.define(jobs, launch);
  jobsShow.define(jobs, launch);
  jobsChange.define(jobs, launch);
  const endpoints = group(program, 'endpoints', 'who is told of events by signed webhooks');
  endpointsCreate.define(endpoints, launch);
  endpointsList.define(endpoints, launch);
  endpointsShow.define(endpoints, launch);
  endpointsRotate.define(endpoints, launch);
  endpointsChange.define(endpoints, launch);
  endpointsListen.define(endpoints, launch);
  const apiKeys = group(program, 'api-keys', 'keys of tenants for the HTTP API');
  apiKeysCreate.define(apiKeys, launch);
  apiKeysList.define(apiKeys, launch);
  apiKeysChange.define(apiKeys, launch);
  const messages = group(program, 'messages', 'events as endpoints are told them, and every attempt');
  messagesList.define(messages, launch);
  messagesShow.define(messages, launch);
  undelivered.define(program, launch);
  resend.define(program, launch);
  journalRebuild.define(group(program, 'journal', 'the index of what happened'), launch);
  account.define(program, launch);
  lag.define(program, launch);
  monitor.define(program, launch);
  debug.define(program, launch);
  doctor.define(program, launch);
  migrate.define(program, launch);
  const config = group(program, 'config', 'the sources file trunkline.yaml');
  configCheck.define(config, launch);
  configSchema.define(config, launch);
  const directory = group(program, 'directory', 'people and phones of the sources file');
  directoryShow.define(directory, launch);
  directoryRelink.define(directory, launch);
  helpExitCodes.define(program, launch);
  return program;
}

function group(program: Command, name: string, about: string): Command {
  // A group alone is an incomplete command line: it shows its commands and ends as a usage error.
  return program.command(name).description(about);
}
