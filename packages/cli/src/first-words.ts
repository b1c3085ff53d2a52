import type { Command } from 'commander';

import type { Launch } from './context.ts';

/** Each command is one file: `define` says its words, `run` does what they say. */
export interface CommandModule {
  define(parent: Command, launch: Launch): unknown;
}

/** What may stand first on the command line. */
export interface FirstWord {
  readonly word: string;
  /** What help lists behind the word where it is a command by itself, and not a group of them. */
  readonly usage?: string;
  /** What the commands of a group are about. Of a command by itself its own description: help loads none of them. */
  readonly about: string;
  /** Loaded only when the word is asked for: a command would wait twice as long for all of them. */
  readonly commands: readonly (() => Promise<CommandModule>)[];
}

/** In the order in which help lists them. */
export const firstWords: readonly FirstWord[] = [
  {
    word: 'send',
    usage: '[options] <provider> <fixture>',
    about: 'sign a fixture as its provider would and post it to a source',
    commands: [() => import('./commands/send.ts')],
  },
  {
    word: 'verify',
    usage: '[options] <provider> [file]',
    about: 'say whether a captured request is authentic, which step refuses it, and which usual mistake it is',
    commands: [() => import('./commands/verify.ts')],
  },
  {
    word: 'sign',
    usage: '[options] <provider> [file]',
    about: 'print the headers with which a provider would prove a body',
    commands: [() => import('./commands/sign.ts')],
  },
  {
    word: 'providers',
    about: 'the providers of this build',
    commands: [
      () => import('./commands/providers-list.ts'),
      () => import('./commands/providers-show.ts'),
      () => import('./commands/providers-new.ts'),
      () => import('./commands/providers-fixtures.ts'),
    ],
  },
  { word: 'services', about: 'the services of this build', commands: [() => import('./commands/services-new.ts')] },
  {
    word: 'events',
    about: 'events and deliveries',
    commands: [
      () => import('./commands/events-search.ts'),
      () => import('./commands/events-show.ts'),
      () => import('./commands/events-tail.ts'),
    ],
  },
  {
    word: 'trace',
    usage: '[options] <id>',
    about: 'draw the spans from the HTTP request to the committed row as one tree',
    commands: [() => import('./commands/trace.ts')],
  },
  {
    word: 'rows',
    usage: '[options] <table>',
    about: "the rows of one tenant in a service's table; psql shows none unless it names a tenant",
    commands: [() => import('./commands/rows.ts')],
  },
  {
    word: 'bookings',
    about: 'bookings and what became of them',
    commands: [() => import('./commands/bookings-show.ts')],
  },
  {
    word: 'ledger',
    about: 'facts about money, their postings and balances',
    commands: [
      () => import('./commands/ledger-balance.ts'),
      () => import('./commands/ledger-check.ts'),
      () => import('./commands/ledger-show.ts'),
    ],
  },
  {
    word: 'contacts',
    about: 'contacts and what happened with them',
    commands: [() => import('./commands/contacts-show.ts')],
  },
  {
    word: 'connections',
    about: 'accounts at providers that services call, and their credentials',
    commands: [
      () => import('./commands/connections-list.ts'),
      () => import('./commands/connections-show.ts'),
      () => import('./commands/connections-check.ts'),
      () => import('./commands/connections-decide.ts'),
    ],
  },
  {
    word: 'vault',
    about: 'the keys that seal the secrets of connections',
    commands: [() => import('./commands/vault-status.ts'), () => import('./commands/vault-rotate.ts')],
  },
  {
    word: 'notifications',
    about: 'messages to people, and what became of each',
    commands: [
      () => import('./commands/notifications-list.ts'),
      () => import('./commands/notifications-show.ts'),
      () => import('./commands/notifications-decide.ts'),
      () => import('./commands/notifications-test.ts'),
    ],
  },
  {
    word: 'topics',
    about: 'the topics of this build',
    commands: [() => import('./commands/topics-plan.ts'), () => import('./commands/topics-apply.ts')],
  },
  {
    word: 'acls',
    about: 'what each service may do on the brokers',
    commands: [() => import('./commands/acls-plan.ts'), () => import('./commands/acls-apply.ts')],
  },
  {
    word: 'schemas',
    about: 'the schemas of this build in the registry',
    commands: [() => import('./commands/schemas-check.ts'), () => import('./commands/schemas-register.ts')],
  },
  {
    word: 'dlq',
    about: 'dead letters of a consumer group',
    commands: [
      () => import('./commands/dlq-stats.ts'),
      () => import('./commands/dlq-list.ts'),
      () => import('./commands/dlq-show.ts'),
      () => import('./commands/dlq-redrive.ts'),
      () => import('./commands/dlq-decide.ts'),
      () => import('./commands/dlq-cause.ts'),
    ],
  },
  {
    word: 'replay',
    usage: '[options]',
    about: 'normalise deliveries of the archive again, with the code of today, and publish what is new',
    commands: [() => import('./commands/replay.ts')],
  },
  {
    word: 'keys',
    about: 'record keys whose events wait behind one that failed, in groups that keep order',
    commands: [
      () => import('./commands/keys-list.ts'),
      () => import('./commands/keys-show.ts'),
      () => import('./commands/keys-decide.ts'),
    ],
  },
  {
    word: 'jobs',
    about: 'bulk work on dead letters, messages and deliveries, and its progress',
    commands: [
      () => import('./commands/jobs-start.ts'),
      () => import('./commands/jobs-list.ts'),
      () => import('./commands/jobs-show.ts'),
      () => import('./commands/jobs-change.ts'),
    ],
  },
  {
    word: 'endpoints',
    about: 'endpoints of tenants that receive events as signed webhooks',
    commands: [
      () => import('./commands/endpoints-create.ts'),
      () => import('./commands/endpoints-list.ts'),
      () => import('./commands/endpoints-show.ts'),
      () => import('./commands/endpoints-edit.ts'),
      () => import('./commands/endpoints-check.ts'),
      () => import('./commands/endpoints-rotate.ts'),
      () => import('./commands/endpoints-change.ts'),
      () => import('./commands/endpoints-release.ts'),
      () => import('./commands/endpoints-listen.ts'),
    ],
  },
  {
    word: 'api-keys',
    about: 'keys of tenants for the HTTP API',
    commands: [
      () => import('./commands/api-keys-create.ts'),
      () => import('./commands/api-keys-list.ts'),
      () => import('./commands/api-keys-change.ts'),
    ],
  },
  {
    word: 'messages',
    about: 'messages for endpoints, and every attempt to deliver them',
    commands: [() => import('./commands/messages-list.ts'), () => import('./commands/messages-show.ts')],
  },
  {
    word: 'undelivered',
    usage: '[options]',
    about:
      'events that endpoints of a tenant have not received, and the reason as it is now: a row per event and endpoint',
    commands: [() => import('./commands/undelivered.ts')],
  },
  {
    word: 'resend',
    usage: '<evt_…> [ep_…]',
    about:
      'send an event to endpoints once more, with the same webhook-id, whether it was delivered, given up or never meant for them; it does not wait for its turn at endpoints that keep order',
    commands: [() => import('./commands/resend.ts')],
  },
  {
    word: 'audit',
    about: 'who did what by hand, when and why',
    commands: [() => import('./commands/audit-list.ts'), () => import('./commands/audit-check.ts')],
  },
  {
    word: 'journal',
    about: 'the journal: the index that searches read',
    commands: [() => import('./commands/journal-rebuild.ts')],
  },
  {
    word: 'account',
    usage: '[options] [group]',
    about:
      'whether every record that a group should have handled is applied, waiting, retrying, parked or dead-lettered',
    commands: [() => import('./commands/account.ts')],
  },
  {
    word: 'lag',
    usage: '[options] [group]',
    about:
      'what waits for each group on its topics and in its outbox, its open dead letters, and which group makes no progress',
    commands: [() => import('./commands/lag.ts')],
  },
  {
    word: 'monitor',
    usage: '[options] [source]',
    about: 'live figures of sources and groups, each second, from /metrics of the processes',
    commands: [() => import('./commands/monitor.ts')],
  },
  {
    word: 'debug',
    usage: '[options]',
    about: 'recent webhooks: how many there were, what failed most, and the latest steps',
    commands: [() => import('./commands/debug.ts')],
  },
  {
    word: 'doctor',
    usage: '',
    about: 'look at every part of the installation and name the fix for what is wrong; changes nothing',
    commands: [() => import('./commands/doctor.ts')],
  },
  {
    word: 'migrate',
    usage: '[options]',
    about: 'bring the database to the state of this build: roles, schemas, tables; safe to run again',
    commands: [() => import('./commands/migrate.ts')],
  },
  {
    word: 'config',
    about: 'the sources file trunkline.yaml',
    commands: [() => import('./commands/config-check.ts'), () => import('./commands/config-schema.ts')],
  },
  {
    word: 'directory',
    about: 'people and phones of the sources file',
    commands: [() => import('./commands/directory-show.ts'), () => import('./commands/directory-relink.ts')],
  },
  {
    word: 'help',
    usage: '[words...]',
    about: 'help about a command, or `help exit-codes`',
    commands: [() => import('./commands/help-exit-codes.ts')],
  },
];
