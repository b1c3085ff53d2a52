/**
 * `npm run jaeger`: builds Jaeger from the Go module in test/jaeger into the cache folder, once. Minutes and some 3 GB of
 * Go's own cache, so no test does it; the end-to-end test of traces runs where the binary is there.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { jaegerBinary, jaegerModule } from '../test/jaeger/jaeger.ts';
import { runCommand } from './steps/command.ts';

// Measured: 5 minutes of CPU on one core.
const buildDeadlineMs = 3_600_000;
const command = 'github.com/jaegertracing/jaeger/cmd/jaeger';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());

if (jaegerBinary.isThere()) {
  console.log(`${jaegerBinary.path} is there`);
} else {
  console.log(`building ${jaegerBinary.path}: some minutes`);
  await mkdir(dirname(jaegerBinary.path), { recursive: true });
  const { succeeded, output } = await runCommand({
    program: 'go',
    // One package at a time: the machine is somebody's who works on it.
    args: ['build', '-C', jaegerModule, '-p', '1', '-trimpath', '-ldflags=-s -w', '-o', jaegerBinary.path, command],
    deadlineMs: buildDeadlineMs,
    signal: stopped.signal,
    live: true,
  });
  if (!succeeded) {
    console.error(`Jaeger was not built${output === '' ? '' : `: ${output}`}; it needs Go 1.24 or newer`);
    process.exitCode = 1;
  }
}
