import { describe, expect, it } from '@jest/globals';
import { networkInterfaces } from 'node:os';
import { createAddressPolicy, isPublicAddress, parseNetwork } from './address-policy.js';

describe('the address policy', () => {
  const policy = createAddressPolicy();

  it.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.18.49',
    '100.64.0.7',
    'fd12::1',
    '8.8.8.8',
    '2606:4700::1111',
  ])('lets %s be reached: private networks are where models live', (address) =>
    expect(policy.refusal(address, 8000)).toBeNull(),
  );

  it.each([
    ['169.254.169.254', /metadata/],
    ['fd00:ec2::254', /metadata/],
    ['100.100.100.200', /metadata/],
    ['168.63.129.16', /metadata/],
    ['169.254.1.1', /link-local/],
    ['fe80::1', /link-local/],
    ['fe80::1%eth0', /link-local/],
    ['0.0.0.0', /listen/],
    ['0.1.2.3', /listen/],
    ['::', /listen/],
    ['224.0.0.1', /multicast/],
    ['ff02::1', /multicast/],
    ['255.255.255.255', /broadcast/],
    ['not-an-address', /not an IP address/],
  ])('refuses %s and says why', (address, reason) => expect(policy.refusal(address, 80)).toMatch(reason));

  it.each([
    ['mapped', '::ffff:169.254.169.254'],
    ['mapped, in hex and brackets', '[::ffff:a9fe:a9fe]'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['6to4', '2002:a9fe:a9fe::1'],
    ['compatible', '::a9fe:a9fe'],
    ['translated', '::ffff:0:a9fe:a9fe'],
  ])('sees the IPv4 address inside a %s one', (_, address) => expect(policy.refusal(address, 80)).toMatch(/metadata/));

  it.each(['2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518', '%31%36%39.254.169.254'])(
    'refuses the metadata address written as %s, which URL normalises',
    (host) => expect(policy.refusal(new URL(`http://${host}/`).hostname, 80)).toMatch(/metadata/),
  );

  it('lets a denied network win over an allowed one, in every form of the address', () => {
    const strict = createAddressPolicy({ allowedNetworks: ['10.0.0.0/8'], deniedNetworks: ['10.9.0.0/16'] });
    expect(strict.refusal('10.1.2.3', 80)).toBeNull();
    expect(strict.refusal('10.9.2.3', 80)).toMatch(/denied/);
    expect(strict.refusal('::ffff:10.9.2.3', 80)).toMatch(/denied/);
    expect(strict.refusal('64:ff9b::a09:203', 80)).toMatch(/denied/);
  });

  it('admits nothing but what an allow list names, and never what is refused to everybody', () => {
    const strict = createAddressPolicy({ allowedNetworks: ['192.168.0.0/16', '::1', '169.254.0.0/16'] });
    expect(strict.refusal('192.168.1.1', 80)).toBeNull();
    expect(strict.refusal('::1', 80)).toBeNull();
    expect(strict.refusal('127.0.0.1', 80)).toMatch(/none of the networks/);
    expect(strict.refusal('169.254.169.254', 80)).toMatch(/metadata/);
  });

  it('names the entry of a list that is no network', () => {
    expect(() => createAddressPolicy({ deniedNetworks: ['10.0.0.0/8', 'intranet'] })).toThrow('"intranet"');
    expect(() => parseNetwork('10.0.0.0/40')).toThrow('10.0.0.0/40');
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.9.9.9'],
    ['127.0.0.1', '::1'],
    ['localhost', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::ffff:127.0.0.1'],
    ['192.168.1.5', '192.168.1.5'],
    ['192.168.1.5', '::ffff:192.168.1.5'],
  ])('refuses itself: listening on %s, asked for %s', (host, address) => {
    const own = createAddressPolicy({ ownAddresses: () => [{ host, port: 4000 }] });
    expect(own.refusal(address, 4000)).toMatch(/itself/);
    expect(own.refusal(address, 4001)).toBeNull();
  });

  it('refuses every interface of this machine when it listens on all of them', () => {
    const own = createAddressPolicy({ ownAddresses: () => [{ host: '0.0.0.0', port: 4000 }] });
    const local = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    for (const { address } of local) expect(own.refusal(address, 4000)).not.toBeNull();
    expect(own.refusal('192.0.2.55', 4000)).toBeNull();
  });

  it('asks anew where this process listens', () => {
    let port = 0;
    const own = createAddressPolicy({ ownAddresses: () => [{ host: '127.0.0.1', port }] });
    expect(own.refusal('127.0.0.1', 4000)).toBeNull();
    port = 4000;
    expect(own.refusal('127.0.0.1', 4000)).not.toBeNull();
  });

  it('knows which addresses anybody could own', () => {
    expect(['8.8.8.8', '2606:4700::1111'].map(isPublicAddress)).toEqual([true, true]);
    const inside = ['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '100.64.0.1', '::ffff:10.0.0.1', 'nonsense'];
    expect(inside.map(isPublicAddress)).toEqual(inside.map(() => false));
  });
});
