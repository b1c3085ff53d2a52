import { groups } from '../groups.ts';
import { type Check, failed, ok } from './check.ts';

interface RoleRow {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly owned: number;
}

/** Row-level security does not hold for a superuser or an owner, so whoever reads tenants' rows must be neither. */
export const databaseRole: Check = {
  name: 'role',
  requires: ['postgres'],
  async run(access, signal) {
    const schemas = groups.map((group) => group.schema);
    const rows = await access.withDatabase(schemas[0] ?? 'public', (opened) =>
      opened.transaction([], (tx) => tx.query<RoleRow>(roleSql, [schemas]), { signal }),
    );
    const role = rows[0];
    if (role === undefined) return failed('Postgres does not say who is logged in', 'look at the database URL');
    const faults = [
      ...(role.superuser ? ['is a superuser'] : []),
      ...(role.bypasses ? ['passes row-level security (BYPASSRLS)'] : []),
      ...(role.owned > 0 ? [`owns ${role.owned} objects of the services`] : []),
    ];
    return faults.length === 0
      ? ok(`${role.name} is neither superuser nor owner`)
      : failed(
          `${role.name} ${faults.join(' and ')}: tenants are not isolated`,
          'log in as <database>_operator here, and each service as <database>_<service> (`trunkline migrate` makes them)',
        );
  },
};

const roleSql = `SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypasses,
  (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[]) AND c.relowner = r.oid) AS owned
FROM pg_roles r WHERE r.rolname = current_user`;
