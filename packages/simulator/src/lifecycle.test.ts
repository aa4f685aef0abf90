import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { demoEndpoints } from './demo.js';
import { resolveProfile, startSimulator } from './simulator.js';

const HANDLES = new Set(['TCPServerWrap', 'TCPSocketWrap', 'TLSWrap', 'Timeout']);

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => HANDLES.has(name)).length;
}

describe('close', () => {
  it('leaves no handle open, whatever requests were waiting for', async () => {
    const before = handles();
    const simulator = await startSimulator({ profile: 'byte-per-second' });
    const slow = connect(simulator.port, '127.0.0.1');
    slow.write('GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(slow, 'data');
    simulator.control.slow(3_600_000);
    const waiting = connect(simulator.port, '127.0.0.1');
    waiting.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await simulator.waitForRequest(({ path }) => path === '/slow');
    simulator.control.hang();
    const hanging = connect(simulator.port, '127.0.0.1');
    hanging.write('GET /hanging HTTP/1.1\r\nhost: x\r\n\r\n');
    await simulator.waitForRequest(({ path }) => path === '/hanging');
    const gone = [slow, waiting, hanging].map(async (socket) => {
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('close', resolve));
    });
    await simulator.close();
    await Promise.all(gone);
    // Closed handles are still counted until the loop has turned; a leak never goes and fails by the time limit.
    while (handles() > before) await nextTurn();
    expect(handles()).toBeLessThanOrEqual(before);
  });
});

describe('the tls profiles', () => {
  it('present a certificate that signs itself, expired or of another host where they say so', async () => {
    const failure = async (profile: string): Promise<unknown> => {
      const simulator = await startSimulator({ profile });
      expect(simulator.url).toMatch(/^https:/);
      const call = httpsRequest(`${simulator.url}/models`).end();
      const [error] = await once(call, 'error');
      await simulator.close();
      return error.code;
    };
    expect(await failure('tls')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT']).toContain(await failure('tls-expired'));
  });

  it('answer one who trusts them', async () => {
    const simulator = await startSimulator({ profile: 'tls' });
    const call = httpsRequest(`${simulator.url}/models`, { rejectUnauthorized: false }).end();
    const [response] = await once(call, 'response');
    expect(response.statusCode).toBe(200);
    expect(response.socket.getPeerCertificate()).toMatchObject({
      subjectaltname: 'DNS:localhost, IP Address:127.0.0.1',
    });
    call.destroy();
    await simulator.close();
  });
});

describe('demoEndpoints', () => {
  it('name a profile of their kind at the URL they are linked by', () => {
    for (const { simulator, kind, url } of demoEndpoints()) {
      if (simulator === null) continue;
      const profile = resolveProfile(simulator);
      expect(profile.kind).toBe(kind);
      expect(url).toBe(`http://127.0.0.1:${simulator.port ?? 0}${profile.base}`);
    }
  });
});
