export { listSenderVariables, loadSenders, type LoadedSenders } from './load.ts';
export { createSenders, noSenders, type Sender, type Senders } from './senders.ts';
export { watchSenders, type SendersWatch } from './watch.ts';
