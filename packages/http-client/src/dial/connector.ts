import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

import { buildConnector } from 'undici';

import { type AddressGuard, type Denial, explainDenial } from './address-guard.ts';
import type { ResolveName } from './resolve-name.ts';

/** Certificates beside those of the system, and the certificate that we show; PEM. */
export interface TlsProfile {
  /** Whose it is, and which: connections are kept by it, so a profile that changes has another one. */
  readonly name: string;
  readonly ca?: string | readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  readonly resolve: ResolveName;
  readonly port: number;
  readonly isPlain: boolean;
  readonly connectTimeoutMs: number;
  readonly tls?: Omit<TlsProfile, 'name'>;
}

/** The place may not be dialled. Its message is for an operator and names the address. */
export class DestinationDenied extends Error {
  override readonly name = 'DestinationDenied';
  readonly code = 'TRUNKLINE_DENIED';
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(`not a destination for requests: ${explainDenial(denial)}`);
    this.denial = denial;
  }
}

/** The name has no addresses, or nobody told in time. */
class NameUnresolved extends Error {
  override readonly name = 'NameUnresolved';
  readonly code = 'TRUNKLINE_UNRESOLVED';
}

/**
 * The only place that connects. A name is resolved once, all its addresses are judged, and the socket is given these
 * addresses and no name: what is judged is what is dialled, whatever DNS says a moment later. The name stays in SNI, in the
 * check of the certificate and in the Host header.
 */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const { guard, port, isPlain, connectTimeoutMs, tls = {} } = options;
  const { ca, cert, key } = tls;
  const connect = buildConnector({
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
    allowH2: false,
    timeout: connectTimeoutMs,
    minVersion: 'TLSv1.2',
    lookup: vettedLookup(options),
    // Tries the next address when one does not answer (RFC 8305).
    autoSelectFamily: true,
  });

  return (place, callback) => {
    const literal = isIP(place.hostname) === 0 ? undefined : guard.judgeAddresses([place.hostname], { port, isPlain });
    if (literal !== undefined) return callback(new DestinationDenied(literal), null);
    return connect(place, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      // Once more, on what the kernel says: a lookup that was not asked would show here.
      const denial = guard.judgeAddresses([socket.remoteAddress ?? ''], { port, isPlain });
      if (denial === undefined) return callback(null, socket);
      socket.destroy();
      return callback(new DestinationDenied(denial), null);
    });
  };
}

/** Resolves and judges in the place of Node's own lookup. */
function vettedLookup({ guard, resolve, port, isPlain }: Omit<ConnectorOptions, 'connectTimeoutMs'>): LookupFunction {
  const addressesOf = async (name: string, _options: LookupOptions): Promise<readonly LookupAddress[]> => {
    const addresses = await resolve(name).catch((cause: unknown) => {
      throw new NameUnresolved(`${name} cannot be resolved`, { cause });
    });
    const denial = guard.judgeAddresses(addresses, { port, isPlain });
    if (denial !== undefined) throw new DestinationDenied(denial);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  // A connection that tries address by address asks for all of them; another one would find no address in the list.
  return callbackify(addressesOf) as LookupFunction; // whose type speaks of one address or of a list
}
