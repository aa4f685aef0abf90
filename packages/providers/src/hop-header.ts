/** By it a gateway knows a request that it has sent itself: see `hop` of the outbound client. */
export const HOP_HEADER = 'x-intrallm-hop';
