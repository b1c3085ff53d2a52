import type { Placed } from '../directory/check.ts';
import { doubledIds, listAt, type PartChecker, repeated, textAt, unknownTenants } from '../entries.ts';
import { suggestion } from '../nearest.ts';
import { type Finding, quoted } from '../problem.ts';
import { ownSettings, type SenderEntry, senderSchema } from './sender.ts';
import { carriedBy, connectionOf } from './senders.ts';

/** Checks the senders; what is wrong is told to `parts`. */
export function checkSenders(document: unknown, parts: PartChecker): readonly Placed<SenderEntry>[] {
  const listed = listAt(document, 'senders');
  const senders = listed.flatMap((value, index): Placed<SenderEntry>[] => {
    const path = ['senders', index];
    const entry = parts.check(senderSchema, value, path);
    return entry === undefined ? [] : [{ entry, path }];
  });
  parts.findings.push(
    ...doubledIds('senders', listed),
    ...unknownTenants('senders', listed, listAt(document, 'tenants')),
    ...doubledCarriers(senders),
    ...withoutPasswords(senders),
    ...withoutAccounts(senders, listAt(document, 'connections')),
    ...wrongSources(senders, listAt(document, 'sources')),
  );
  return senders;
}

/** One for each: which of two a message leaves by would depend on their order. */
function doubledCarriers(senders: readonly Placed<SenderEntry>[]): readonly Finding[] {
  const carried = senders.flatMap(({ entry, path }) =>
    carriedBy(entry).map((what) => ({ entry, path, what, key: `${entry.tenant} ${what}` })),
  );
  return repeated(carried.map(({ key }) => key)).flatMap(({ index, first }): Finding[] => {
    const [own, other] = [carried[index], carried[first]];
    if (own === undefined || other === undefined) return [];
    const message = `${quoted(other.entry.id)} carries ${own.what} of ${quoted(own.entry.tenant)} already`;
    return [{ path: [...own.path, 'kind'], at: 'value', message, fix: 'keep one of the two' }];
  });
}

function withoutPasswords(senders: readonly Placed<SenderEntry>[]): readonly Finding[] {
  return senders.flatMap(({ entry, path }): Finding[] => {
    if (entry.kind !== 'smtp' || (entry.user === undefined) === (entry.password === undefined)) return [];
    const [there, missing] = entry.user === undefined ? ['password', 'user'] : ['user', 'password'];
    return [
      {
        path: [...path, there],
        at: 'key',
        message: `stands there without ${missing}`,
        fix: `add ${missing}, or remove it`,
      },
    ];
  });
}

/** A sender has an account and secrets of its own, or those of a connection: never of both, never of neither. */
function withoutAccounts(senders: readonly Placed<SenderEntry>[], connections: readonly unknown[]): readonly Finding[] {
  return senders.flatMap(({ entry, path }): readonly Finding[] => {
    if (entry.kind === 'demo') return [];
    const { needed, others } = ownSettings[entry.kind];
    const connection = connectionOf(entry);
    const isThere = (name: string): boolean => name in entry;
    if (connection === undefined) {
      const missing = needed.filter((name) => !isThere(name));
      if (missing.length === 0) return [];
      const message = `has no ${missing.join(', no ')} and names no connection`;
      const fix = `add ${missing.join(' and ')}, or connection: con_… of ${entry.kind}`;
      return [{ path: [...path, 'kind'], at: 'value', message, fix }];
    }
    const beside = [...needed, ...others].filter(isThere).map((name): Finding => ({
      path: [...path, name],
      at: 'key',
      message: `stands there beside connection, which has it: ${connection}`,
      fix: 'remove one of the two',
    }));
    return [...beside, ...wrongConnection({ entry, path, connection }, connections)];
  });
}

function wrongConnection(
  { entry, path, connection }: Placed<SenderEntry> & { readonly connection: string },
  connections: readonly unknown[],
): readonly Finding[] {
  const own = connections.filter(
    (each) => textAt(each, 'tenant') === entry.tenant && textAt(each, 'provider') === entry.kind,
  );
  const ids = own.flatMap((each) => textAt(each, 'id') ?? []);
  if (ids.includes(connection)) return [];
  const message = `${quoted(entry.tenant)} has no connection ${quoted(connection)} of ${entry.kind}`;
  const instead = entry.kind === 'slack' ? ', or add botToken' : '';
  return [{ path: [...path, 'connection'], at: 'value', message, fix: `${suggestion(connection, ids)}${instead}` }];
}

/** What the provider tells of a message has to come to a source of its own. */
function wrongSources(senders: readonly Placed<SenderEntry>[], sources: readonly unknown[]): readonly Finding[] {
  return senders.flatMap(({ entry, path }): Finding[] => {
    if (entry.kind !== 'twilio' || entry.source === undefined) return [];
    const wrong = (message: string, fix: string): Finding[] => [
      { path: [...path, 'source'], at: 'value', message, fix },
    ];
    const own = sources.filter(
      (source) => textAt(source, 'tenant') === entry.tenant && textAt(source, 'provider') === entry.kind,
    );
    const ids = own.flatMap((source) => textAt(source, 'id') ?? []);
    const source = own.find((one) => textAt(one, 'id') === entry.source);
    if (source === undefined)
      return wrong(
        `${quoted(entry.tenant)} has no source ${quoted(entry.source)} of ${entry.kind}`,
        suggestion(entry.source, ids),
      );
    if (textAt(source, 'publicBaseUrl') !== undefined) return [];
    return wrong(
      `${quoted(entry.source)} has no publicBaseUrl, so ${entry.kind} could not be told where it is`,
      'add publicBaseUrl to the source, such as https://hooks.acme.example',
    );
  });
}

/** Where a source is posted to, as the provider is told. */
export function hookUrl(document: unknown, sourceId: string): string | undefined {
  const source = listAt(document, 'sources').find((one) => textAt(one, 'id') === sourceId);
  const base = textAt(source, 'publicBaseUrl');
  return base === undefined ? undefined : `${base.replace(/\/+$/, '')}/hooks/${sourceId}`;
}
