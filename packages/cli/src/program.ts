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
 * The command line as far as these words need it: the commands of their first one. Where that is no word we know, or
 * help is asked for, every word as help lists it, without its commands. All commands where no command line is given.
 */
export async function createProgram(
  launch: Launch,
  streams: HelpStreams,
  commandLine?: readonly string[],
): Promise<Command> {
  const program = createRoot(streams);
  const { loaded, lists } = partFor(commandLine);
  for (const first of firstWords) {
    if (loaded.includes(first.word)) await addCommands(program, first, launch);
    else if (lists) program.command(`${first.word} ${first.usage ?? ''}`).description(first.about);
  }
  return program;
}

interface Part {
  /** The first words whose commands are needed. */
  readonly loaded: readonly (string | undefined)[];
  /** Whether the others are shown, or what was probably meant may be one of them. */
  readonly lists: boolean;
}

function partFor(commandLine: readonly string[] | undefined): Part {
  if (commandLine === undefined) return { loaded: firstWords.map(({ word }) => word), lists: false };
  const [first, second] = wordsOf(commandLine);
  const isKnown = firstWords.some(({ word }) => word === first);
  return isKnown && first !== 'help' ? { loaded: [first], lists: false } : { loaded: ['help', second], lists: true };
}

async function addCommands(
  program: Command,
  { word, usage, about, commands }: FirstWord,
  launch: Launch,
): Promise<void> {
  const modules = await Promise.all(commands.map((load) => load()));
  // A group alone is an incomplete command line: it shows its commands and ends as a usage error.
  const parent = usage === undefined ? program.command(word).description(about) : program;
  for (const module of modules) module.define(parent, launch);
}

/** The words that are no option of the root and no value of one. What is wrong with the options is said later. */
function wordsOf(commandLine: readonly string[]): readonly string[] {
  try {
    return createRoot({ writeOut: () => undefined, writeErr: () => undefined }).parseOptions([...commandLine]).operands;
  } catch {
    return [];
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
