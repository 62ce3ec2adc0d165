/** Which addresses pictures may be fetched from: the public ones, checked on the very addresses that are then connected to. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { AppError } from '../core/errors.ts';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export const resolveByDns: Resolve = (host) => lookup(host, { all: true });

/** Whether an address is of the public internet: not private, loopback, link-local, multicast, reserved, nor one of these mapped into IPv6. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` unwraps ::ffff:127.0.0.1; the other ways to embed IPv4 (6to4, Teredo, NAT64) are ranges of their own.
  return ipaddr.process(address).range() === 'unicast';
}

/** Throws URL_REFUSED for a URL that names such an address directly: Node asks no resolver then. */
export function checkHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw refused(url.hostname);
}

/**
 * A resolver for http.request: the addresses that it has checked are the ones that are connected to, so that a name cannot change its
 * mind in between (DNS rebinding). One bad address among them refuses the name.
 */
export function publicLookup(resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    const answer = callbackify(() => publicAddresses(host, resolve));
    answer((error, addresses) => {
      if (error) callback(error, []);
      else if (options.all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

/** At least one. Throws URL_REFUSED, and what the name service says. */
async function publicAddresses(host: string, resolve: Resolve): Promise<LookupAddress[]> {
  const addresses = await resolve(host);
  if (addresses.length > 0 && addresses.every(({ address }) => isPublicAddress(address))) return addresses;
  throw refused(host);
}

function refused(host: string): AppError {
  return new AppError(
    'URL_REFUSED',
    `expected a URL on the public internet, but ${host} is a private or local address`,
  );
}
