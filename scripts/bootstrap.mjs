// node scripts/bootstrap.mjs [options of Node] <script>.ts [arguments]
//
// Runs a TypeScript file of this repository under its own Node 26, installing the dependencies first when that is needed.
// This file is what a bare clone starts with: it has no dependencies and runs on Node 18 or newer.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const lockFile = join(root, 'package-lock.json');
const marker = join(modules, '.trunkline-lock-sha256');
const ownNode = join(modules, '.bin', 'node');
// What Node has compiled, for the next start: the services of `npm start` share it.
const compileCache = join(modules, '.cache', 'trunkline');

// A terminal sends Ctrl-C to every process in the foreground and npm passes its copy on too: the same one, seen twice.
const sameSignalMs = 500;
// Whoever is asked to stop does so within its own deadlines, of which `npm start` has the longest: 45 s. What still runs
// then hangs, and is killed: its own children end when it is gone.
const lastResortMs = 60_000;
const orphanCheckMs = 1_000;

await main(process.argv.slice(2));

async function main(given) {
  const scriptAt = given.findIndex((text) => !text.startsWith('--'));
  if (scriptAt === -1) fail('usage: node scripts/bootstrap.mjs [options of Node] <script.ts> [arguments]');
  const options = given.slice(0, scriptAt);
  const [script, ...args] = given.slice(scriptAt);
  if (!existsSync(script)) fail(`there is no ${script} here; run this in ${root}`);
  if (!isInstalled()) await install();
  const lifeline = pathToFileURL(join(root, 'scripts', 'lifeline.mjs')).href;
  const nodeArgs = ['--conditions=@trunkline/source', `--import=${lifeline}`, ...options, script, ...args];
  end(await run(ownNode, nodeArgs, { ipc: true, env: { NODE_COMPILE_CACHE: compileCache, ...process.env } }));
}

/** True when node_modules holds what package-lock.json asks for. */
function isInstalled() {
  if (!existsSync(ownNode)) return false;
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return true;
  // Not our own installation, perhaps an `npm install` by hand: compare with npm's own record of what it installed.
  if (!matchesLock(join(modules, '.package-lock.json'))) return false;
  writeFileSync(marker, wanted);
  return true;
}

function matchesLock(installedFile) {
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    // Workspaces are links and always current; an optional package may be for another platform.
    if (!path.includes('node_modules/') || entry.link) return true;
    const there = installed[path];
    return there === undefined
      ? Boolean(entry.optional || entry.devOptional || entry.peer)
      : there.version === entry.version;
  });
}

async function install() {
  console.error('Installing the dependencies (npm ci), once …');
  const begin = Date.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdout: 'ignore' });
  if (result.error?.code === 'ENOENT')
    fail('npm is missing: install Node.js with npm, then run the same command again');
  if (result.signal !== null) end(result);
  if (result.code !== 0 || !existsSync(ownNode)) {
    fail(`installing the dependencies failed (see above). Repeat it by itself: cd ${root} && npm ci`);
  }
  writeFileSync(marker, createHash('sha256').update(readFileSync(lockFile)).digest('hex'));
  console.error(`Installed in ${Math.round((Date.now() - begin) / 1000)} s`);
}

/** Runs a program to its end, passing on each signal once. Never rejects. */
function run(command, args, { cwd, stdout = 'inherit', ipc = false, env = process.env }) {
  return new Promise((resolve) => {
    // Out of the terminal's foreground: it gets signals from us only, and so exactly once.
    const stdio = ipc ? ['inherit', stdout, 'inherit', 'ipc'] : ['inherit', stdout, 'inherit'];
    const child = spawn(command, args, { cwd, stdio, detached: true, env });
    const stopForwarding = forwardSignals(child);
    child.once('error', (error) => {
      stopForwarding();
      resolve({ code: null, signal: null, error });
    });
    child.once('exit', (code, signal) => {
      stopForwarding();
      resolve({ code, signal });
    });
  });
}

function forwardSignals(child) {
  const lastAt = new Map();
  let lastResort;
  const forward = (signal) => {
    const now = performance.now();
    if (now - (lastAt.get(signal) ?? -sameSignalMs) < sameSignalMs) return;
    lastAt.set(signal, now);
    child.kill(signal);
    lastResort ??= setTimeout(() => {
      console.error(`trunkline: still running ${lastResortMs / 1_000} s after ${signal}; killing it`);
      child.kill('SIGKILL');
    }, lastResortMs);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, forward);
  // npm, or the shell between it and us, that is killed with -9 cannot pass a signal on: we notice that we have got
  // another parent or grandparent. Without npm that is no sign of anything: a shell may leave us in the background.
  const startedBy = ancestors();
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && ancestors() !== startedBy) forward('SIGTERM');
  }, orphanCheckMs);
  watch.unref();
  return () => {
    clearInterval(watch);
    clearTimeout(lastResort);
    for (const signal of signals) process.removeListener(signal, forward);
  };
}

/** Our parent and its parent, as text. */
function ancestors() {
  const parent = process.ppid;
  return `${parent} ${parentOf(parent)}`;
}

function parentOf(pid) {
  try {
    // After the command in parentheses come the state and the parent.
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1];
    return execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8', timeout: orphanCheckMs }).trim();
  } catch {
    // Gone, which is an answer too.
    return '';
  }
}

/** Ends like the child did. */
function end({ code, signal, error }) {
  if (error !== undefined)
    fail(`cannot run ${ownNode}: ${error.message}. Repeat the installation: cd ${root} && npm ci`);
  if (signal === null) process.exit(code);
  process.kill(process.pid, signal);
  // Some signals do not end a Node process; the shell's convention says the same.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}

function fail(message) {
  console.error(`trunkline: ${message}`);
  process.exit(1);
}
