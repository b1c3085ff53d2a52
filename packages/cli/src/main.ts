import { systemClock, TrunklineError } from '@trunkline/core';

import { runCli } from './run-cli.ts';
import { processEnvironment } from './settings.ts';

/** Connections are closed before a command returns; what still holds the process after this long is not waited for. */
const lingerMs = 2_000;
/** A terminal sends Ctrl-C to the shim and to us, and the shim passes its own on: one press, two signals. */
const sameSignalMs = 500;

const stopping = new AbortController();
let stoppedAtMs: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const now = performance.now();
    // The second press of someone who does not want to wait any longer.
    if (stoppedAtMs !== undefined && now - stoppedAtMs > sameSignalMs) process.exit(130);
    stoppedAtMs ??= now;
    stopping.abort(new TrunklineError('request_timeout', `stopped by ${signal}`));
  });
}
// `trunkline … | head` closes the pipe early; that is the reader's wish, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  readStdin,
  environment: processEnvironment(),
  directory: process.cwd(),
  signal: stopping.signal,
  clock: systemClock,
});
process.exitCode = exitCode;
setTimeout(() => process.exit(exitCode), lingerMs).unref();

async function readStdin(limitBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Without an encoding set, stdin gives bytes.
  for await (const bytes of process.stdin as AsyncIterable<Buffer>) {
    size += bytes.length;
    if (size > limitBytes) throw new TrunklineError('payload_too_large', `stdin holds more than ${limitBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
