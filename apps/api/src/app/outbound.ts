import { randomUUID } from 'node:crypto';
import {
  createGuardedAgent,
  createOutboundClient,
  createProviders,
  type OutboundClientOptions,
} from '@intrallm/providers';
import { Hops } from '../gateway/forwarding/hops.js';
import type { DomainParts } from '../lib/domain.js';
import type { Core } from './core.js';

type Needs = Pick<Core, 'config' | 'box' | 'ownAddresses'>;

/**
 * The ways to other machines, all under one address policy: checks go by the client, requests to models by the
 * dispatcher.
 */
export const outboundDomain = {
  create({ config, box, ownAddresses }: Needs) {
    const options: OutboundClientOptions = {
      allowedNetworks: config.allowedNetworks,
      deniedNetworks: config.deniedNetworks,
      ownAddresses,
      ...(config.outboundProxy === null ? {} : { proxyUrl: config.outboundProxy }),
      ...(config.certificateAuthorities === null ? {} : { ca: config.certificateAuthorities }),
    };
    const hops = new Hops(box.auditMac('installation')?.slice(0, 16) ?? randomUUID());
    const client = createOutboundClient({ ...options, hop: hops.id });
    const dispatcher = createGuardedAgent(options);
    return {
      services: { hops, dispatcher, providers: createProviders({ client }) },
      stop: async () => {
        await dispatcher.destroy();
        await client.close();
      },
    } satisfies DomainParts;
  },
};
