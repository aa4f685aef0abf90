import ipaddr from 'ipaddr.js';

/**
 * Where clouds hand out credentials and data of the machine to whoever asks from inside of it. Link-local addresses, at
 * which most of them are as well, stand in here too, so that the refusal says what is there.
 */
const SERVICES: readonly { readonly cloud: string; readonly networks: readonly string[] }[] = [
  // Also OpenStack, Google, Azure, DigitalOcean, Hetzner, IBM, Huawei, Vultr and others; on IPv6 some at
  // fe80::a9fe:a9fe.
  { cloud: 'many', networks: ['169.254.169.254/32', 'fe80::a9fe:a9fe/128'] },
  // The block of AWS's own services: metadata ::254, pod identity ::23, DNS ::253, time ::123.
  { cloud: 'AWS', networks: ['fd00:ec2::/32', '169.254.170.2/32', '169.254.170.23/32'] },
  { cloud: 'Google Cloud', networks: ['fd20:ce::254/128'] },
  { cloud: 'Azure', networks: ['168.63.129.16/32'] },
  { cloud: 'Oracle Cloud', networks: ['fd00:c1::a9fe:a9fe/128', '192.0.0.192/32'] },
  { cloud: 'Alibaba Cloud', networks: ['100.100.100.200/32', 'fd00:100::100:200/128'] },
  { cloud: 'Tencent Cloud', networks: ['169.254.0.23/32'] },
  { cloud: 'Scaleway', networks: ['169.254.42.42/32', 'fd00:42::42/128'] },
  { cloud: 'Akamai (Linode)', networks: ['fd00:a9fe:a9fe::1/128'] },
  { cloud: 'Rancher', networks: ['169.254.169.250/32'] },
];

/** Names of the same services, for a proxy that resolves names which this machine does not know. */
const NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'api.metadata.cloud.ibm.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
  'metadata.exoscale.com',
  'rancher-metadata',
]);

const NETWORKS = SERVICES.flatMap(({ networks }) => networks.map((network) => ipaddr.parseCIDR(network)));

/**
 * Whether a cloud's metadata service is at the address. An IPv4 address inside an IPv6 one is the caller's to take out.
 */
export function isMetadataAddress(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return NETWORKS.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** Whether a cloud calls its metadata service so; a dot at the end and case say nothing. */
export function isMetadataName(hostname: string): boolean {
  return NAMES.has(hostname.toLowerCase().replace(/\.$/, ''));
}
