/** The `trunkline` command as people run it: its bin, as a process of its own. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { installationEnvironment } from '@trunkline/installation';
import { type TestInstallation, testTopics } from '@trunkline/testkit';

import { root } from './world.ts';

export interface CommandResult {
  readonly exitCode: number | null;
  /** The document of `--json`; its shape is for the test to assert. */
  readonly json: unknown;
  readonly stderr: string;
}

const deadlineMs = 180_000;

/** Runs `trunkline … --json` with the environment of the installation. */
export async function trunkline(
  world: TestInstallation,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const { endpoints } = world.installation;
  return runTrunkline(words, {
    // Outside the checkout, or the run of whoever has `npm start` open would be taken.
    directory: tmpdir(),
    env: {
      ...installationEnvironment(world.installation, 'operator'),
      TRUNKLINE_INGRESS_URL: world.ingressUrl,
      TRUNKLINE_PARTITIONS: String(testTopics.partitions),
      TRUNKLINE_REPLICATION_FACTOR: String(testTopics.replicationFactor),
      ...(endpoints.zipkinUrl === undefined ? {} : { TRUNKLINE_ZIPKIN_URL: endpoints.zipkinUrl }),
      ...env,
    },
  });
}

export async function runTrunkline(
  words: readonly string[],
  where: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(root, 'packages/cli/bin/trunkline.mjs'), ...words, '--json'], {
    cwd: where.directory,
    env: { PATH: process.env['PATH'], ...where.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  if (stdout === '')
    throw new Error(
      `trunkline ${words.join(' ')} ended with ${exitCode} and said nothing but: ${stderr.slice(0, 2_000)}`,
    );
  return { exitCode, json: JSON.parse(stdout), stderr };
}
