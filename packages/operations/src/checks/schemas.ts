import { checkSchemas } from '../schemas/check-schemas.ts';
import { type Check, failed, few, ok } from './check.ts';

export const schemas: Check = {
  name: 'schemas',
  requires: ['registry'],
  async run(access) {
    const reports = await checkSchemas(access.registry());
    const refused = reports.filter(({ state }) => state === 'refused');
    if (refused.length > 0) {
      return failed(
        `not compatible with what is registered: ${few(refused.map(({ subject }) => subject))}`,
        'trunkline schemas check says why; a released schema may only gain nullable fields',
      );
    }
    const missing = reports.filter(({ state }) => state === 'missing').map(({ subject }) => subject);
    return missing.length === 0
      ? ok(`all ${reports.length} are registered`)
      : failed(`not registered: ${few(missing)}`, 'trunkline schemas register');
  },
};
