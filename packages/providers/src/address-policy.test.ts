import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
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
    ['192.0.0.192', /metadata/],
    ['169.254.170.2', /metadata/],
    ['169.254.0.23', /metadata/],
    ['169.254.42.42', /metadata/],
    ['fd00:ec2::23', /metadata/],
    ['fd00:ec2::253', /metadata/],
    ['FD00:0EC2:0:0:0:0:0:17', /metadata/],
    ['fd20:ce::254', /metadata/],
    ['fd00:c1::a9fe:a9fe', /metadata/],
    ['fd00:c1::169.254.169.254', /metadata/],
    ['fd00:42::42', /metadata/],
    ['fd00:a9fe:a9fe::1', /metadata/],
    ['fd00:100::100:200', /metadata/],
    ['fe80::a9fe:a9fe%ens3', /metadata/],
    ['fd00:ec2::254%25eth0', /metadata/],
    ['fec0::1', /site-local/],
    ['feff::1%2', /site-local/],
    ['239.255.255.250', /multicast/],
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
    ['NAT64 of one’s own, /96', '64:ff9b:1::a9fe:a9fe'],
    ['NAT64 of one’s own, /96 further in', '64:ff9b:1:2:3:4:a9fe:a9fe'],
    ['NAT64 of one’s own, /48', '64:ff9b:1:a9fe:a9:fe00::'],
    ['NAT64 of one’s own, /48 with more behind it', '64:ff9b:1:a9fe:a9:fe00:1:2'],
    ['NAT64 of one’s own, /56', '64:ff9b:1:7a9:fe:a9fe::'],
    ['NAT64 of one’s own, /64', '64:ff9b:1:7:a9:fea9:fe00:0'],
    ['Teredo client', '2001:0:4136:e378:8000:63bf:5601:5601'],
    ['Teredo server', '2001:0:a9fe:a9fe:8000:63bf:3fff:fdd2'],
    ['ISATAP', '2001:db8:1::5efe:a9fe:a9fe'],
    ['ISATAP, public', '2001:db8:1::200:5efe:a9fe:a9fe'],
    ['ISATAP, unique-local', 'fd12::5efe:169.254.169.254'],
    ['6to4, Alibaba’s', '2002:6464:64c8::1'],
    ['NAT64, Azure’s', '64:ff9b::168.63.129.16'],
  ])('sees the IPv4 address inside a %s one', (_, address) => expect(policy.refusal(address, 80)).toMatch(/metadata/));

  it.each([
    ['NAT64, link-local', '64:ff9b::a9fe:101', /link-local/],
    ['ISATAP, multicast', 'fd12::5efe:e000:1', /multicast/],
    ['Teredo, broadcast', '2001:0:4136:e378:8000:63bf:0:0', /broadcast/],
    ['6to4, to listen on', '2002::1', /listen/],
  ])('judges the IPv4 address inside by its range as well: %s', (_, address, reason) =>
    expect(policy.refusal(address, 80)).toMatch(reason),
  );

  it.each([
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::10.0.0.1',
    '64:ff9b:1:a00:0:100::',
    '2002:808:808::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    'fd12::5efe:10.0.0.1',
    'fd00:ec3::254',
    'fd00:42::43',
    'fd00::a9fe:a9fe',
    '2001:db8::5eff:a9fe:a9fe',
  ])('lets %s be reached: neither it nor what is inside of it is refused', (address) =>
    expect(policy.refusal(address, 80)).toBeNull(),
  );

  it('wants each address that may be inside of one to be allowed, or the whole one', () => {
    const strict = createAddressPolicy({ allowedNetworks: ['10.0.0.0/8', 'fd12::/16'] });
    expect(strict.refusal('64:ff9b::10.0.0.1', 80)).toBeNull();
    expect(strict.refusal('64:ff9b:1:a00:0:100:808:808', 80)).toMatch(/none of the networks/);
    expect(strict.refusal('2001:0:a00:1:8000:63bf:3fff:fdd2', 80)).toMatch(/none of the networks/);
    expect(strict.refusal('fd12::5efe:8.8.8.8', 80)).toBeNull();
  });

  it('knows metadata services by their names, for what only a proxy can resolve', () => {
    for (const name of ['metadata.google.internal', 'METADATA.google.internal.', 'instance-data'])
      expect(policy.nameRefusal(name)).toMatch(/metadata/);
    expect(policy.nameRefusal('models.example.com')).toBeNull();
  });

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
    const inside = ['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '100.64.0.1', '::ffff:10.0.0.1', 'fec0::1', 'nonsense'];
    expect(inside.map(isPublicAddress)).toEqual(inside.map(() => false));
  });
});
