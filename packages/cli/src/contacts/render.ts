import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { AddressShown, ContactShown, PersonShown, TouchShown } from './read-person.ts';

/** Who it is, and what happened with them. */
export function renderPerson({ personId, contacts, addresses, timeline }: PersonShown, style: Style): string {
  const named = contacts.find(({ name }) => name !== null)?.name ?? 'without a name';
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['person', `${style.strong(printable(named))} ${style.faint(personId)}`],
    ['contacts', contacts.map(contactText).join('\n')],
    ['addresses', addresses.length === 0 ? undefined : addresses.map(addressText).join('\n')],
    ['history', timeline.length === 0 ? style.faint('nothing yet') : undefined],
  ];
  return [renderPairs(pairs, style), ...timeline.map(touchText)].join('\n');
}

function contactText({ provider, account, kind, id, deletedAt, mergedInto }: ContactShown): string {
  const gone = deletedAt === null ? '' : mergedInto === null ? ', deleted' : `, merged into ${mergedInto}`;
  return printable(`${provider}, ${account}: ${kind}/${id}${gone}`);
}

function addressText({ kind, value, state }: AddressShown): string {
  return printable(`${kind} ${value}${state === 'shared' ? ' (shared: it joins nobody)' : ''}`);
}

function touchText({ at, what, direction, status, amount, currency, provider, id }: TouchShown): string {
  // Minor units as they are: how many there are to a unit is the currency's.
  const money = amount === null ? undefined : `${amount} ${currency ?? ''}`.trim();
  const parts = [what, direction, status, money].flatMap((part) => part ?? []);
  return printable(`${at.toISOString()}  ${parts.join(', ')}  ${provider} ${id}`);
}
