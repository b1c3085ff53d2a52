/** Java and Maven on this machine: found, new enough, or one line that says what to do. */
import { join } from 'node:path';

import { TrunklineError } from '@trunkline/core';

import { runTool } from './run-tool.ts';

type Env = Readonly<Record<string, string | undefined>>;

const oldestJava = 17;
const versionDeadlineMs = 20_000;
const otherwise = 'or use other servers: TRUNKLINE_STACK=docker | env';

export interface Java {
  readonly command: string;
  readonly major: number;
  /** All that it says of itself. */
  readonly version: string;
}

/** The java to run. Throws `config_invalid` with the way to get one. */
export async function findJava(env: Env, wanted?: string): Promise<Java> {
  const javaHome = env['JAVA_HOME'];
  const candidates = wanted !== undefined ? [wanted] : [...(javaHome ? [join(javaHome, 'bin', 'java')] : []), 'java'];
  const found: number[] = [];
  for (const command of candidates) {
    const version = await javaVersion(command, env);
    const major = parseJavaMajor(version);
    if (major !== undefined && major >= oldestJava) return { command, major, version };
    if (major !== undefined) found.push(major);
  }
  const what =
    found.length === 0
      ? `Java ${oldestJava} or newer is missing`
      : `Java ${oldestJava} or newer is needed, found Java ${found.join(', ')}`;
  throw new TrunklineError(
    'config_invalid',
    `${what}: install it (Debian, Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17, then set JAVA_HOME), ${otherwise}`,
  );
}

/** Throws `config_invalid` with the way to get it. Only needed while something is not in the cache yet. */
export async function requireMaven(env: Env): Promise<void> {
  const result = await tryTool('mvn', ['--version'], env);
  if (result?.exitCode === 0) return;
  throw new TrunklineError(
    'config_invalid',
    `Maven is missing, it downloads the servers on the first start: install it (Debian, Ubuntu: apt install maven; macOS: brew install maven), ${otherwise}`,
  );
}

/** The major version in the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_292". */
export function parseJavaMajor(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** Empty when there is none. */
async function javaVersion(command: string, env: Env): Promise<string> {
  const result = await tryTool(command, ['-version'], env);
  // macOS ships a `java` that only says where to get one, and exits 1.
  return result?.exitCode === 0 ? result.output : '';
}

/** undefined when there is no such program. */
async function tryTool(
  command: string,
  args: readonly string[],
  env: Env,
): Promise<{ exitCode: number; output: string } | undefined> {
  try {
    return await runTool(command, args, { env, deadlineMs: versionDeadlineMs });
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'config_invalid') return undefined;
    throw error;
  }
}
