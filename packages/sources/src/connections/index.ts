export { type Problem, renderProblems } from '../problem.ts';
export { flawsOf, type Followed, linesOf, standingOf } from '../standing.ts';
export type { ConnectionId } from './connection.ts';
export type { ConfiguredConnection, ConnectionTls } from './connections.ts';
export { listConnectionVariables, loadConnections, type LoadedConnections } from './load.ts';
export { type ConnectionsWatch, type ConnectionsWatchOptions, watchConnections } from './watch.ts';
