import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { exitCodes, type ExitName } from '../exit-codes.ts';
import { renderTable } from '../render/table.ts';

/** `trunkline help <command>` and `trunkline help exit-codes`: takes the place of commander's own help command. */
export function define(program: Command, launch: Launch): void {
  program
    .helpCommand(false)
    .command('help')
    .description('help about a command, or `help exit-codes`')
    .argument('[words...]', 'a command, or exit-codes')
    .action(async (words: readonly string[]) => {
      if (words[0] === 'exit-codes') return launch(run, undefined);
      const found = words.reduce<Command | undefined>(
        (at, word) => at?.commands.find((command) => command.name() === word),
        program,
      );
      if (found === undefined) program.error(`error: there is no command '${words.join(' ')}'`);
      return found.help();
    });
  program.addHelpText('after', '\nExit codes: trunkline help exit-codes');
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const rows = Object.entries(exitCodes).map(([name, { code, meaning }]) => ({ code, name, meaning }));
  context.output.result(rows, () =>
    renderTable(
      [
        { title: 'CODE', value: (row) => String(row.code), align: 'right' },
        { title: 'NAME', value: (row) => row.name },
        { title: 'MEANING', value: (row) => row.meaning },
      ],
      rows,
      context.output.style,
    ),
  );
  return 'ok';
}
