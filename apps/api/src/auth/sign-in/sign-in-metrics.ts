import { Counter, type Registry } from 'prom-client';

/** Counts failed sign-ins for Prometheus. Gives the function that counts one, by its reason. */
export function countSignInFailures(registry: Registry): (reason: string) => void {
  const failures = new Counter({
    name: 'intrallm_sign_in_failures_total',
    help: 'Wrong passwords and attempts that were refused because of too many of them.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return (reason) => {
    failures.inc({ reason });
  };
}
