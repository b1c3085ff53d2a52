import { exhaustions, orderings, schedules, type SomeSettings } from '@trunkline/delivery';
import { formatNames } from '@trunkline/payload';
import { type Command, Option } from 'commander';

import { countArgument, durationArgument } from '../arguments.ts';

/** What may be said of an endpoint beside where it is and what it is told. */
export interface SettingsOptions {
  readonly description?: string;
  readonly filter?: string;
  readonly format?: string;
  readonly schedule?: string;
  readonly timeout?: number;
  readonly maxInFlight?: number;
  readonly ordering?: string;
  readonly onExhausted?: string;
}

export function addSettings(command: Command): Command {
  return command
    .option('--description <text>', 'a note for people')
    .option('--filter <condition>', "which events of these types, in CEL: data.amount > 1000; '' for all")
    .addOption(new Option('--format <format>', 'the shape of a message').choices(formatNames))
    .option('--schedule <name|seconds>', `when it is tried again: ${Object.keys(schedules).join(', ')}, or 0,30,300`)
    .option('--timeout <time>', 'how long to wait for an answer: 1s to 30s', durationArgument)
    .option('--max-in-flight <n>', 'requests at a time', countArgument(1, 64))
    .addOption(
      new Option('--ordering <of>', 'one message at a time: of each record key, or of the endpoint').choices(orderings),
    )
    .addOption(
      new Option(
        '--on-exhausted <what>',
        'when an ordered message is given up: those behind it go on, or wait for `endpoints release`',
      ).choices(exhaustions),
    );
}

export function settingsOf(options: SettingsOptions): SomeSettings {
  const { description, filter, format, schedule, timeout, maxInFlight, ordering, onExhausted } = options;
  return { description, filter, format, schedule, timeoutMs: timeout, maxInFlight, ordering, onExhausted };
}
