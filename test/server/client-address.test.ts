import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { clientAddress, countedAddress } from '../../src/server/http/client-address.js';

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('the address that is counted', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:aaaa::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (address, counted) => expect(countedAddress(address)).toBe(counted));

  test('is that of the connection when nobody is trusted, and never a text that is no address', () => {
    expect(clientAddress([])(request('192.0.2.1', '198.51.100.7'))).toBe('192.0.2.1');
    expect(clientAddress(['loopback'])(request('127.0.0.1', 'nonsense'))).toBe('127.0.0.1');
    expect(clientAddress(['loopback'])(request('127.0.0.1'))).toBe('127.0.0.1');
    expect(clientAddress([])(request(undefined))).toBe('');
  });

  test('is the first one from the right that no trusted proxy has', () => {
    const of = clientAddress(['10.0.0.0/8', '2001:db8:ffff::/48']);
    expect(of(request('10.0.0.1', '198.51.100.1, 203.0.113.7, 10.0.0.9'))).toBe('203.0.113.7');
    expect(of(request('::ffff:10.0.0.1', '198.51.100.1, 203.0.113.7'))).toBe('203.0.113.7');
    expect(of(request('2001:db8:ffff::1', '2001:db8:1:2::9'))).toBe('2001:db8:1:2::/64');
    expect(of(request('203.0.113.1', '198.51.100.1'))).toBe('203.0.113.1');
  });
});
