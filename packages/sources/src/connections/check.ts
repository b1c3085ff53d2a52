import { type Connectable, connectableNamed, connectables } from '@trunkline/clients/credentials';
import type { z } from 'zod';

import { doubledIds, listAt, type PartChecker, textAt, unknownTenants } from '../entries.ts';
import { suggestion } from '../nearest.ts';
import { type DocumentPath, quoted } from '../problem.ts';
import { type ConnectionEntry, connectionSchemaOf } from './connection.ts';

export interface CheckedConnection {
  readonly entry: ConnectionEntry;
  readonly connectable: Connectable;
  /** Where it stands in the document. */
  readonly path: DocumentPath;
}

/** Checks the connections; what is wrong is told to `parts`. Of the rest it reads whose they can be. */
export function checkConnections(document: unknown, parts: PartChecker): readonly CheckedConnection[] {
  const listed = listAt(document, 'connections');
  const schemas = schemaCache();
  const connections = listed.flatMap((value, index): CheckedConnection[] => {
    const path = ['connections', index];
    const name = textAt(value, 'provider');
    const connectable = name === undefined ? undefined : connectableNamed(name);
    if (name !== undefined && connectable === undefined) {
      parts.findings.push({
        path: [...path, 'provider'],
        at: 'value',
        message: `nothing can be connected to ${quoted(name)}`,
        fix: suggestion(name, Object.keys(connectables)),
      });
    }
    const entry = parts.check(schemas(name ?? '', connectable), value, path);
    return entry === undefined || connectable === undefined ? [] : [{ entry, connectable, path }];
  });
  parts.findings.push(
    ...doubledIds('connections', listed),
    ...unknownTenants('connections', listed, listAt(document, 'tenants')),
  );
  return connections;
}

/** A schema is made once per provider and check, not once per connection. */
function schemaCache(): (name: string, connectable: Connectable | undefined) => z.ZodType<ConnectionEntry> {
  const made = new Map<Connectable | undefined, z.ZodType<ConnectionEntry>>();
  return (name, connectable) => {
    const schema = made.get(connectable) ?? connectionSchemaOf(name, connectable);
    made.set(connectable, schema);
    return schema;
  };
}
