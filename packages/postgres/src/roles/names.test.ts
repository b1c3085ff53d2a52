import { describe, expect, it } from 'vitest';

import { passwordVariable, rolesOf } from './names.ts';

describe('the roles of a database', () => {
  it('have its name in theirs', () => {
    const roles = rolesOf('trunkline');

    expect([roles.migrator, roles.operator, roles.service('payments')]).toEqual([
      'trunkline_migrator',
      'trunkline_operator',
      'trunkline_payments',
    ]);
  });

  it.each(['migrator', 'operator', 'trunkline', 'two_words', 'Payments', ''])(
    'are refused to the schema %j, whose role would be taken for another',
    (schema) => {
      expect(() => rolesOf('trunkline').service(schema)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    },
  );

  it('fit Postgres, or are refused', () => {
    expect(() => rolesOf('d'.repeat(60))).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('the variable of a password', () => {
  it('is named after the login', () => {
    expect(passwordVariable('payments')).toBe('TRUNKLINE_DATABASE_PASSWORD_PAYMENTS');
  });
});
