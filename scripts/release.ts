/**
 * `npm run release`: what is published beside the image of a version, into .trunkline/release/<version>: the bill of materials
 * (CycloneDX), the chart where Helm is there (npm run helm), and the checksums of both.
 *
 *   npm run release                  write them
 *   sha256sum --check SHA256SUMS     in that folder: whether they are what was published
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { chartFolder, helm, helmBinary } from '../test/helm/helm.ts';
import { checksumsFile, checksumsOf } from './release/checksums.ts';
import { sbomArguments, settledSbom } from './release/sbom.ts';
import { statedVersions } from './release/versions.ts';
import { root } from './steps/command.ts';

const deadlineMs = 120_000;
/** A bill of materials has some 300 kB. */
const outputLimitBytes = 64 * 1024 * 1024;

process.exitCode = main();

function main(): number {
  const stated = statedVersions(root);
  const version = stated[0]?.version ?? 'none';
  const others = stated.filter((one) => one.version !== version);
  if (others.length > 0)
    return failed(
      others.map(({ file, version: other }) => `${file} says ${other}, package.json ${version}: make them one`),
    );
  const time = run('git', ['log', '-1', '--format=%cI']);
  if (!time.succeeded) return failed([`git log: ${time.complaint}`]);
  const sbom = run('npm', sbomArguments);
  if (!sbom.succeeded) return failed([`npm sbom: ${sbom.complaint}`]);

  const folder = join(root, '.trunkline', 'release', version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `trunkline-${version}.cdx.json`), settledSbom(sbom.output, { time: time.output.trim() }));
  if (helmBinary.isThere()) {
    const packed = helm(['package', chartFolder, '--destination', folder]);
    if (!packed.succeeded) return failed([`helm package: ${packed.complaint.trim()}`]);
  } else console.log(`without the chart: ${helmBinary.path} was not built (npm run helm)`);
  writeFileSync(join(folder, checksumsFile), checksumsOf(folder));
  console.log(`${folder}\n${checksumsOf(folder)}`);
  return 0;
}

interface Answer {
  readonly succeeded: boolean;
  readonly output: string;
  readonly complaint: string;
}

/** What it writes to us alone is the answer: npm warns beside it. */
function run(program: string, args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync(program, [...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: deadlineMs,
    maxBuffer: outputLimitBytes,
  });
  return { succeeded: status === 0, output: stdout ?? '', complaint: `${stderr ?? ''}${error?.message ?? ''}`.trim() };
}

function failed(lines: readonly string[]): number {
  for (const line of lines) console.error(line);
  return 1;
}
