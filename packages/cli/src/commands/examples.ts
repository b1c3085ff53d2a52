import type { Command } from 'commander';

/** Puts examples under a command's options: each a line to type and what it does. */
export function addExamples(command: Command, examples: readonly (readonly [line: string, what: string])[]): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  command.addHelpText(
    'after',
    `\nExamples:\n${examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n')}`,
  );
}
