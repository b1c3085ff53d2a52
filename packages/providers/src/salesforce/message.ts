import { childOf, readXml, type XmlElement } from './xml.ts';

/** One outbound message: up to a hundred notifications of one kind of object. */
export interface OutboundMessage {
  readonly organizationId: string | undefined;
  readonly actionId: string | undefined;
  readonly notifications: readonly XmlElement[];
  /** The text the elements stand in. */
  readonly source: string;
}

export type ReadMessage =
  | { readonly readable: true; readonly message: OutboundMessage }
  | { readonly readable: false; readonly reason: string };

export function readMessage(body: Uint8Array): ReadMessage {
  const document = readXml(body);
  if (!document.readable) return document;
  const { root, source } = document;
  const notifications = root.name === 'Envelope' ? childOf(childOf(root, 'Body'), 'notifications') : undefined;
  if (notifications === undefined) return { readable: false, reason: 'the body is not a SOAP call of notifications()' };
  return {
    readable: true,
    message: {
      organizationId: canonicalId(childOf(notifications, 'OrganizationId')?.text),
      actionId: canonicalId(childOf(notifications, 'ActionId')?.text),
      notifications: notifications.children.filter(({ name }) => name === 'Notification'),
      source,
    },
  };
}

const suffixLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * An id of Salesforce in the form that tells letter case without it: 18 characters. One of 15 is the same id without its
 * three last, which say which of the others are capitals: five characters each, the first one the lowest bit.
 */
export function canonicalId(text: string | undefined): string | undefined {
  if (text === undefined || !/^(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{18})$/.test(text)) return undefined;
  const short = text.slice(0, 15);
  const suffix = [0, 5, 10].map((from) => {
    const bits = [0, 1, 2, 3, 4].filter((at) => /[A-Z]/.test(short.charAt(from + at))).map((at) => 2 ** at);
    return suffixLetters.charAt(bits.reduce((sum, bit) => sum + bit, 0));
  });
  return short + suffix.join('');
}
