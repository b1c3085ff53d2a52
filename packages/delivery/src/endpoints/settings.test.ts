import type { Denial } from '@trunkline/http-client';
import { createAddressGuard } from '@trunkline/http-client/address-guard';
import { hostileNames, hostileUrls } from '@trunkline/http-client/testing';
import { describe, expect, it } from 'vitest';

import { endpointLimits } from '../limits.ts';
import { checkedSettings, defaultSettings } from './settings.ts';

/** Only a service knows which networks it may call, and only a request which address a name has. */
const isJudgedLater = (reason: Denial['reason']): boolean => reason === 'address';

const urlOf = (url: string, ...guard: Parameters<typeof createAddressGuard>): string =>
  checkedSettings(
    { ...defaultSettings, types: ['**'], url },
    guard.length === 0 ? undefined : createAddressGuard(...guard),
  ).url;

/** Those of the table that plain http in an allowed network would make right. */
const isPlain = (url: string): boolean => url.startsWith('http://');

describe('the URL of an endpoint', () => {
  it.each(hostileUrls.filter(([url, reason]) => !isJudgedLater(reason) && !isPlain(url)))(
    'is not %s, whichever networks may be called: %s',
    (url) => {
      expect(() => urlOf(url)).toThrow(/this URL is never posted to: .{20}/);
    },
  );

  it.each(hostileUrls)('is not %s where the guard of the service is known: %s', (url) => {
    expect(() => urlOf(url, {})).toThrow(/this URL is never posted to: .{20}/);
  });

  it.each(hostileUrls.filter(([, reason]) => isJudgedLater(reason)))(
    'may be %s: the service may be allowed to call its network',
    (url) => {
      expect(urlOf(url)).toMatch(/^https:/);
    },
  );

  it.each(hostileNames)('may be %s until its addresses are known', (url) => {
    expect(urlOf(url, {})).toMatch(/^https:/);
  });

  it('is as long as it may be where it is kept, so that another setting may be changed later', () => {
    const longest = `https://acme.example/${'x'.repeat(endpointLimits.urlCharacters - 'https://acme.example/'.length)}`;

    expect(urlOf(`${longest}#part`)).toBe(longest);
    expect(() => urlOf(`${longest}x`)).toThrow('at most 2048 characters');
    expect(() => urlOf(`https://acme.example/${'é'.repeat(400)}`)).toThrow('at most 2048 characters');
  });

  it('is kept as it is dialled', () => {
    expect(urlOf('https://ACME.example:443/a/../hooks?token=1#part')).toBe('https://acme.example/hooks?token=1');
  });
});
