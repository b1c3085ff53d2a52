import { type Clock, classify } from '@trunkline/core';
import { type Command, CommanderError } from 'commander';

import type { CommandContext, Launch } from './context.ts';
import { type ExitName, exitCodes, exitOfError } from './exit-codes.ts';
import { createOutput, type Output, type OutputStream } from './output.ts';
import { createProgram } from './program.ts';
import { spellerOf } from './render/spelling.ts';
import { resolveSettings, settingNames, type SettingFlags } from './settings.ts';

/** The world outside the command line, so that a test can stand in for it. */
export interface CliHost {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly readStdin: CommandContext['readStdin'];
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Runs one command line and returns its exit code. Never throws and never ends the process. */
export async function runCli(commandLine: readonly string[], host: CliHost): Promise<number> {
  let ended: ExitName = 'ok';
  const spelled = spellerOf(host.environment);
  const launch: Launch = async (run, options) => {
    const output = createOutput({ ...host, json: json(), nowMs: host.clock });
    ended = await runCommand(output, host, () =>
      run(options, {
        output,
        settings: resolveSettings({
          flags: settingFlags(program),
          environment: host.environment,
          directory: host.directory,
        }),
        directory: host.directory,
        readStdin: host.readStdin,
        signal: host.signal,
        clock: host.clock,
      }),
    );
  };
  const json = (): boolean => program.opts<{ json?: boolean }>().json === true || commandLine.includes('--json');
  const program = await createProgram(
    launch,
    {
      writeOut: (text) => host.stdout.write(spelled(text)),
      writeErr: (text) => host.stderr.write(spelled(text)),
    },
    commandLine,
  );
  try {
    await program.parseAsync(commandLine, { from: 'user' });
  } catch (error) {
    ended =
      error instanceof CommanderError
        ? endOf(error, () => createOutput({ ...host, stderr: silent, json: json(), nowMs: host.clock }))
        : // An argument that is no id, no time, no address.
          failureOf(error, createOutput({ ...host, json: json(), nowMs: host.clock }), host);
  }
  return exitCodes[ended].code;
}

const silent: OutputStream = { write: () => undefined };

/** Help and --version come this way, with exit code 0; any other is a mistake in the command line, which commander has told. */
function endOf({ exitCode, message }: CommanderError, output: () => Output): ExitName {
  if (exitCode === 0) return 'ok';
  output().failure({ exit: 'usage', code: 'usage', message: message.replace(/^error: /, '') });
  return 'usage';
}

async function runCommand(output: Output, host: CliHost, run: () => Promise<ExitName>): Promise<ExitName> {
  try {
    return await run();
  } catch (thrown) {
    return failureOf(thrown, output, host);
  }
}

function failureOf(thrown: unknown, output: Output, { signal }: CliHost): ExitName {
  if (signal.aborted)
    return output.failure({ exit: 'interrupted', code: 'interrupted', message: 'stopped before it was done' });
  const error = classify(thrown);
  const exit = exitOfError(error.code);
  return output.failure({
    exit,
    code: error.code,
    message: error.message,
    ...(exit === 'unreachable'
      ? { fix: 'see what is missing with `trunkline doctor`; `npm start` starts everything' }
      : {}),
  });
}

function settingFlags(program: Command): SettingFlags {
  const flags = program.opts<Record<string, unknown>>();
  return Object.fromEntries(
    settingNames.flatMap((name) => {
      const value = flags[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
