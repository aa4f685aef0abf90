import { describe, expect, it } from '@jest/globals';
import { Passwords } from './passwords.js';

describe('Passwords', () => {
  it('hashes with argon2id and the OWASP parameters, and knows the password again', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse battery');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(passwords.matches(hash, 'correct horse battery')).resolves.toBe(true);
    await expect(passwords.matches(hash, 'correct horse batterz')).resolves.toBe(false);
  });

  it('takes a password typed with composed letters for the one typed with combining marks', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('schöne Wörter hier'.normalize('NFD'));
    await expect(passwords.matches(hash, 'schöne Wörter hier'.normalize('NFC'))).resolves.toBe(true);
  });

  it('does the same work for nobody as for a wrong password', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse battery');
    const timed = async (stored: string | null) => {
      const startedAt = performance.now();
      await expect(passwords.matches(stored, 'wrong horse battery')).resolves.toBe(false);
      return performance.now() - startedAt;
    };
    const times = { nobody: [] as number[], somebody: [] as number[] };
    for (let round = 0; round < 7; round += 1) {
      times.nobody.push(await timed(null));
      times.somebody.push(await timed(hash));
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[3] ?? 0;
    // Without the work it is a hundred times less.
    expect(median(times.nobody)).toBeGreaterThan(median(times.somebody) / 4);
  });

  it('turns callers away when too many wait, and serves those that wait', async () => {
    const passwords = new Passwords({ atOnce: 2, waiting: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 7 }, () => passwords.matches(null, 'x')));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(7 - 2 - 3);
    expect(refused[0]).toMatchObject({ reason: { code: 'OVERLOADED' } });
    await expect(passwords.matches(null, 'x')).resolves.toBe(false);
  });

  it('does not let a flood of strangers keep out others: they wait by their address, and behind people who are known', async () => {
    const passwords = new Passwords({ atOnce: 1, waiting: 64, cost: { memoryCost: 64, timeCost: 1, parallelism: 1 } });
    const order: string[] = [];
    const ask = (name: string, stranger: string | null) =>
      passwords.matches(null, 'x', stranger).then(() => order.push(name));
    const flood = Array.from({ length: 100 }, (_, index) => ask(`flood ${String(index)}`, '192.0.2.1'));
    const settled = Promise.allSettled(flood);
    const honest = [ask('stranger', '198.51.100.7'), ask('known', null)];
    await Promise.all(honest);
    expect(order.indexOf('known')).toBeLessThan(order.indexOf('stranger'));
    expect(order.indexOf('stranger')).toBeLessThanOrEqual(3);
    const refused = (await settled).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(100 - 1 - 8);
  });
});
