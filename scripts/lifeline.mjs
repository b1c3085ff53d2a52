// Preloaded by bootstrap.mjs. When the bootstrap is gone, even by kill -9, nobody passes signals on any more: then the
// script is asked to stop, as a Ctrl-C would have done.
import process from 'node:process';

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Waiting for that must not keep a finished script alive.
process.channel?.unref();
