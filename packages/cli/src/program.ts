import { readFileSync } from 'node:fs';

import { Command, Option } from 'commander';
import { z } from 'zod';

import type { Launch } from './context.ts';
import { type FirstWord, firstWords } from './first-words.ts';
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

/**
 * The command line as far as these words need it: the commands of their first one, or all of them where that is no
 * word we know, or help is asked for. All of them where no words are given.
 */
export async function createProgram(
  launch: Launch,
  streams: HelpStreams,
  commandLine: readonly string[] = [],
): Promise<Command> {
  const program = createRoot(streams);
  for (const { about, word, commands } of wordsFor(commandLine)) {
    const modules = await Promise.all(commands.map((load) => load()));
    // A group alone is an incomplete command line: it shows its commands and ends as a usage error.
    const parent = about === undefined ? program : program.command(word).description(about);
    for (const module of modules) module.define(parent, launch);
  }
  return program;
}

function wordsFor(commandLine: readonly string[]): readonly FirstWord[] {
  const first = firstOf(commandLine);
  const known = firstWords.filter(({ word }) => word === first);
  // Help lists them all, and what was probably meant by an unknown word may be any of them.
  return known.length === 0 || first === 'help' ? firstWords : known;
}

/** The first word that is no option of the root and no value of one. What is wrong with the options is said later. */
function firstOf(commandLine: readonly string[]): string | undefined {
  try {
    return createRoot({ writeOut: () => undefined, writeErr: () => undefined }).parseOptions([...commandLine])
      .operands[0];
  } catch {
    return undefined;
  }
}

function createRoot(streams: HelpStreams): Command {
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
  return program;
}
