import { readFileSync } from 'node:fs';

import { Command, Option } from 'commander';
import { z } from 'zod';

import * as configCheck from './commands/config-check.ts';
import * as configSchema from './commands/config-schema.ts';
import * as dlqDecide from './commands/dlq-decide.ts';
import * as dlqList from './commands/dlq-list.ts';
import * as dlqRedrive from './commands/dlq-redrive.ts';
import * as dlqShow from './commands/dlq-show.ts';
import * as doctor from './commands/doctor.ts';
import * as eventsShow from './commands/events-show.ts';
import * as eventsTail from './commands/events-tail.ts';
import * as helpExitCodes from './commands/help-exit-codes.ts';
import * as lag from './commands/lag.ts';
import * as migrate from './commands/migrate.ts';
import * as monitor from './commands/monitor.ts';
import * as providersFixtures from './commands/providers-fixtures.ts';
import * as providersList from './commands/providers-list.ts';
import * as providersNew from './commands/providers-new.ts';
import * as providersShow from './commands/providers-show.ts';
import * as rows from './commands/rows.ts';
import * as schemasCheck from './commands/schemas-check.ts';
import * as schemasRegister from './commands/schemas-register.ts';
import * as send from './commands/send.ts';
import * as servicesNew from './commands/services-new.ts';
import * as sign from './commands/sign.ts';
import * as topicsApply from './commands/topics-apply.ts';
import * as topicsPlan from './commands/topics-plan.ts';
import * as trace from './commands/trace.ts';
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
  eventsShow.define(events, launch);
  eventsTail.define(events, launch);
  trace.define(program, launch);
  rows.define(program, launch);
  const topics = group(program, 'topics', 'the topics of this build');
  topicsPlan.define(topics, launch);
  topicsApply.define(topics, launch);
  const schemas = group(program, 'schemas', 'the schemas of this build in the registry');
  schemasCheck.define(schemas, launch);
  schemasRegister.define(schemas, launch);
  const dlq = group(program, 'dlq', 'dead letters of a consumer group');
  dlqList.define(dlq, launch);
  dlqShow.define(dlq, launch);
  dlqRedrive.define(dlq, launch);
  dlqDecide.define(dlq, launch);
  lag.define(program, launch);
  monitor.define(program, launch);
  doctor.define(program, launch);
  migrate.define(program, launch);
  const config = group(program, 'config', 'the sources file trunkline.yaml');
  configCheck.define(config, launch);
  configSchema.define(config, launch);
  helpExitCodes.define(program, launch);
  return program;
}

function group(program: Command, name: string, about: string): Command {
  // A group alone is an incomplete command line: it shows its commands and ends as a usage error.
  return program.command(name).description(about);
}
