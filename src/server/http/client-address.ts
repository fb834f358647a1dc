import proxyAddr from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';

/** Finds the address of the client of a request. */
export type AddressOf = (request: IncomingMessage) => string;

// A network gives each of its machines as many addresses as it likes, from a block of 2^64.
function block(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...behind];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** An address in the form in which it is counted: IPv4 as it is, also inside IPv6; of IPv6 the block of 2^64. */
export function countedAddress(address: string): string {
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (v4 !== undefined) return v4;
  return isIPv6(address) ? block(address) : address;
}

/**
 * How the address of a client is found: by its connection, and by `X-Forwarded-For` only as far as the proxies that
 * wrote it are trusted. What the client itself wrote there never counts.
 * @param trusted addresses and networks of proxies, such as `10.0.0.0/8`; also `loopback`, `linklocal`, `uniquelocal`.
 */
export function clientAddress(trusted: readonly string[]): AddressOf {
  const trust = proxyAddr.compile([...trusted]);
  return (request) => {
    const own = request.socket.remoteAddress ?? '';
    const found = trusted.length === 0 ? own : proxyAddr(request, trust);
    return countedAddress(isIP(found) === 0 ? own : found);
  };
}
