/** The parent of the crash tests: starts a small stack on the folder it is given, says so, and waits to be killed. */
import { startStack } from '../start-stack.ts';

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: start-and-wait.ts <data folder>');
const stack = await startStack({ dataDir, parts: ['postgres', 'redis'] });
process.send?.({ pids: [stack.part('postgres').pid, stack.part('redis').pid] });
