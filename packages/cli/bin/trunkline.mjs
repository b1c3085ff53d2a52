#!/usr/bin/env node
// Runs on whatever Node is installed (20 and later) and starts the real command with what it needs: the sources under
// the workspace's own Node 26, or the built JavaScript where only that is shipped.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const packageDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const source = path.join(packageDirectory, 'src', 'main.ts');
const built = path.join(packageDirectory, 'dist', 'main.js');

const start = startOf();
if (start === undefined) {
  process.stderr.write(
    'error trunkline has neither its sources with Node 26 nor a build here\nfix   run `npm ci` in the workspace\n',
  );
  process.exit(4);
}

const child = spawn(start.node, [...start.options, start.script, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: compileCache(), ...process.env },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  process.stderr.write(
    `error trunkline could not be started with ${start.node}: ${error.message}\nfix   run \`npm ci\` in the workspace\n`,
  );
  process.exit(4);
});
child.on('exit', (code, signal) => {
  // 128 + the signal's number is how a shell reports such an end.
  process.exit(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
});

function startOf() {
  const node = existsSync(source) ? workspaceNode() : undefined;
  if (node !== undefined) return { node, options: ['--conditions=@trunkline/source'], script: source };
  return existsSync(built) ? { node: process.execPath, options: [], script: built } : undefined;
}

/** What Node has compiled is kept, or most of a short command is compiling. Below the user's own folder: code is read from it. */
function compileCache() {
  const folder = process.env.XDG_CACHE_HOME || path.join(homeFolder(), '.cache');
  return path.isAbsolute(folder) ? path.join(folder, 'trunkline', 'compiled') : undefined;
}

/** Empty for a user who has none, as in a container. */
function homeFolder() {
  try {
    return os.homedir();
  } catch {
    return '';
  }
}

/** This Node when it is new enough to strip types, else the one the workspace installed. */
function workspaceNode() {
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  for (let directory = packageDirectory; ; directory = path.dirname(directory)) {
    const candidate = path.join(directory, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
    if (existsSync(candidate)) return candidate;
    if (path.dirname(directory) === directory) return undefined;
  }
}
