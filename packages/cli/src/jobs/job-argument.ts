import { TrunklineError } from '@trunkline/core';

/** A job's id; throws `config_invalid` for what is none. */
export function jobIdOf(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new TrunklineError(
    'config_invalid',
    `${JSON.stringify(text)} is no id of a job: trunkline jobs list names them`,
  );
}

export const noSuchJob = (id: string) =>
  ({
    exit: 'not_found',
    code: 'not_found',
    message: `there is no job ${id}`,
    fix: 'trunkline jobs list --all',
  }) as const;
