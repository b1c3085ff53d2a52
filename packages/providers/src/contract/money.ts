import { type ExactJson, ExactNumber } from '@trunkline/events';

import { withoutExponent } from './java-double.ts';

/** ISO 4217's minor units where they are not two. An own table: what runtimes know follows other rules (HUF, IRR). */
const digitsOf: ReadonlyMap<string, number> = new Map([
  ...codes('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0),
  ...codes('BHD IQD JOD KWD LYD OMR TND', 3),
  ...codes('CLF UYW', 4),
]);

/** Currencies of ISO 4217 with two digits. A code of neither table is no currency we can count in. */
const twoDigits: ReadonlySet<string> = new Set(
  `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
   CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF
   IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
   MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD
   SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL`.split(
    /\s+/,
  ),
);

function codes(list: string, digits: number): readonly (readonly [string, number])[] {
  return list.split(' ').map((code) => [code, digits] as const);
}

/** How many digits of the currency's amounts are minor units; undefined for what is no currency of ISO 4217. */
function currencyDigits(currency: string): number | undefined {
  return digitsOf.get(currency) ?? (twoDigits.has(currency) ? 2 : undefined);
}

/** The greatest amount a record can hold (see wholeNumber). */
const greatestAmount = 2n ** 53n - 2n;

/**
 * A decimal amount ("12.50", 199) in minor units of its currency, exactly: no float is ever made of it. Undefined for
 * any other text, an unknown currency, a fraction of a minor unit, or an amount no record can hold.
 */
export function minorUnits(value: ExactJson | undefined, currency: string | undefined): number | undefined {
  const digits = currency === undefined ? undefined : currencyDigits(currency);
  return digits === undefined ? undefined : scaled(value, digits);
}

/** A price ("0.0333") in millionths of its currency's unit, exactly: what one call or message costs is less than a cent. */
export function micros(value: ExactJson | undefined): number | undefined {
  return scaled(value, 6);
}

function scaled(value: ExactJson | undefined, digits: number): number | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  if (typeof text !== 'string' || text.length > 40) return undefined;
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(withoutExponent(text));
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const padded = fraction.padEnd(digits, '0');
  if (/[1-9]/.test(padded.slice(digits))) return undefined;
  const units = BigInt(whole + padded.slice(0, digits));
  if (units > greatestAmount) return undefined;
  return units === 0n ? 0 : Number(sign === '-' ? -units : units);
}
