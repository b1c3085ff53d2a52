/**
 * The timeline by its definition, for the property test: what happened, read with everything that was ever told at hand.
 * Who is one person with whom is another model's (src/people).
 */

export interface ContactTold {
  readonly contact: string;
  readonly at: number;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly isErased?: true;
}

/** What an event says about something that is on a timeline. */
export interface TouchTold {
  readonly touch: string;
  readonly at: number;
  readonly phones?: readonly string[];
  readonly emails?: readonly string[];
  /** A contact or a customer, by the id. */
  readonly contacts?: readonly string[];
  /** The payment that it is or is about. */
  readonly payment?: string;
}

export interface LinkTold {
  readonly contact: string;
  readonly touch: string;
  readonly at: number;
  readonly isRemoved: boolean;
}

export interface History {
  readonly contacts: readonly ContactTold[];
  readonly touches: readonly TouchTold[];
  readonly links: readonly LinkTold[];
}

const always = Number.NEGATIVE_INFINITY;

/** The names of what is on the timeline of somebody who is these contacts, the latest first. */
export function timelineOf(history: History, contacts: readonly string[]): readonly string[] {
  const touches = touchesOf(history.touches);
  const after = new Map<string, number>();
  const sees = (party: string, since: number): void => {
    after.set(party, Math.min(after.get(party) ?? Number.POSITIVE_INFINITY, since));
  };
  for (const contact of contacts) sees(`id ${contact}`, erasedUntil(history, contact) ?? always);
  for (const [address, since] of heldBy(history, contacts)) {
    sees(address, since);
    for (const customer of customersAt(history.touches, address)) sees(`id ${customer}`, since);
  }
  const seen = [...touches.values()].filter(
    ({ touch, at, parties }) =>
      [...parties].some((party) => at > (after.get(party) ?? Number.POSITIVE_INFINITY)) ||
      contacts.some((contact) => isLinked(history.links, contact, touch)),
  );
  return seen.toSorted((a, b) => b.at - a.at).map(({ touch }) => touch);
}

interface Happened {
  readonly touch: string;
  readonly at: number;
  readonly parties: ReadonlySet<string>;
}

/** Each with its earliest time, and with all that any event named; all that is about a payment has the same parties. */
function touchesOf(told: readonly TouchTold[]): ReadonlyMap<string, Happened> {
  const byTouch = Map.groupBy(told, ({ touch }) => touch);
  const byPayment = Map.groupBy(told, ({ payment }) => payment);
  const happened = [...byTouch].map(([touch, events]): readonly [string, Happened] => {
    const payments = events.flatMap(({ payment }) => payment ?? []);
    const concerned = new Set(payments.flatMap((payment) => byPayment.get(payment) ?? []).map((event) => event.touch));
    const all = [...events, ...[...concerned].flatMap((other) => byTouch.get(other) ?? [])];
    return [touch, { touch, at: Math.min(...events.map(({ at }) => at)), parties: new Set(all.flatMap(partiesOf)) }];
  });
  return new Map(happened);
}

function partiesOf({ phones = [], emails = [], contacts = [] }: TouchTold): readonly string[] {
  return [...phones, ...emails, ...contacts.map((id) => `id ${id}`)];
}

/** What names an address and a customer says that the address is the customer's. */
function customersAt(told: readonly TouchTold[], address: string): readonly string[] {
  return told.flatMap(({ phones = [], emails = [], contacts = [] }) =>
    [...phones, ...emails].includes(address) ? contacts : [],
  );
}

/** The addresses that the contacts have by the newest that was told, and from when on each shows what happened there. */
function heldBy({ contacts: told }: History, contacts: readonly string[]): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  for (const contact of contacts) {
    const events = told.filter((event) => event.contact === contact).toSorted((a, b) => a.at - b.at);
    for (const field of ['email', 'phone'] as const) {
      const address = events.findLast((event) => event[field] !== undefined)?.[field];
      if (address === undefined || address === null) continue;
      const since = Math.min(
        ...events.filter(({ email, phone }) => email === address || phone === address).map(({ at }) => at),
      );
      const until = erasedAt(told, address);
      const from = until === undefined || since <= until ? always : until;
      held.set(address, Math.min(held.get(address) ?? Number.POSITIVE_INFINITY, from));
    }
  }
  return held;
}

/** When the last of those was erased who ever had the address. */
function erasedAt(told: readonly ContactTold[], address: string): number | undefined {
  const had = new Set(
    told.filter(({ email, phone }) => email === address || phone === address).map(({ contact }) => contact),
  );
  const times = told.flatMap(({ contact, at, isErased }) => (isErased === true && had.has(contact) ? [at] : []));
  return times.length === 0 ? undefined : Math.max(...times);
}

function erasedUntil({ contacts: told }: History, contact: string): number | undefined {
  return told.findLast((event) => event.contact === contact && event.isErased === true)?.at;
}

function isLinked(links: readonly LinkTold[], contact: string, touch: string): boolean {
  const ofBoth = links.filter((link) => link.contact === contact && link.touch === touch);
  return ofBoth.toSorted((a, b) => a.at - b.at).at(-1)?.isRemoved === false;
}
