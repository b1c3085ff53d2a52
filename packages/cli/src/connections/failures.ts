import type { Failure } from '../output.ts';

export function noSuchConnection(id: string): Failure {
  return {
    exit: 'not_found',
    code: 'not_found',
    message: `there is no connection ${id}`,
    fix: 'trunkline connections list; one that is new in the sources file is known once the service has read it',
  };
}

/** Asked for, and nobody did it. */
export function nobodyThere(what: string): Failure {
  return {
    exit: 'unreachable',
    code: 'dependency_unavailable',
    message: `${what} is asked for, and nobody has done it yet`,
    fix: 'it is done as soon as services/connections runs',
  };
}
