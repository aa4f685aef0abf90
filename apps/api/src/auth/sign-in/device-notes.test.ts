import { describe, expect, it } from '@jest/globals';
import { generateMasterKey, SecretBox } from '../../secrets/secret-box.js';
import { DEVICE_NOTE_MS, DeviceNotes } from './device-notes.js';

const person = (digit: number, passwordHash: string | null = 'hash') => ({
  id: `00000000-0000-4000-8000-00000000000${String(digit)}`,
  passwordHash,
});
const ADA = person(1);
const BO = person(2);
const HOUR_MS = 3_600_000;

describe('DeviceNotes', () => {
  const key = generateMasterKey();
  const devices = new DeviceNotes(new SecretBox([key]));

  it('knows a device by the note that it gave, for the account that it gave it for', () => {
    const notes = devices.issue(ADA, null);
    expect(devices.deviceOf(ADA, notes)).toMatch(/^[\w-]{22}$/);
    expect(devices.deviceOf(BO, notes)).toBeNull();
    expect(devices.deviceOf(null, notes)).toBeNull();
    expect(devices.deviceOf(ADA, null)).toBeNull();
  });

  it('tells two devices of one account apart', () => {
    const [one, other] = [devices.issue(ADA, null), devices.issue(ADA, null)];
    expect(devices.deviceOf(ADA, one)).not.toBe(devices.deviceOf(ADA, other));
  });

  it('believes no note once the password is another one, and none after half a year or from the future', () => {
    const notes = devices.issue(ADA, null, 1_000_000_000_000);
    const at = (passedMs: number) => devices.deviceOf(ADA, notes, 1_000_000_000_000 + passedMs);
    expect(at(DEVICE_NOTE_MS)).not.toBeNull();
    expect(at(DEVICE_NOTE_MS + 1)).toBeNull();
    expect(at(-HOUR_MS)).not.toBeNull();
    expect(at(-HOUR_MS - 1)).toBeNull();
    const fresh = devices.issue(ADA, null);
    for (const passwordHash of ['another', null]) {
      expect(devices.deviceOf(person(1, passwordHash), fresh)).toBeNull();
    }
  });

  it('believes no note that was altered in any of its parts, made elsewhere, or is none', () => {
    const notes = devices.issue(ADA, null);
    for (let place = 0; place < notes.length; place += 1) {
      const forged = notes.slice(0, place) + (notes[place] === '0' ? '1' : '0') + notes.slice(place + 1);
      expect([place, devices.deviceOf(ADA, forged)]).toEqual([place, null]);
    }
    const another = notes.replace(ADA.id, BO.id);
    expect(devices.deviceOf(BO, another)).toBeNull();
    const elsewhere = new DeviceNotes(new SecretBox([generateMasterKey()])).issue(ADA, null);
    const odd = ['', '~', '~~~~', '....', `${notes}x`, `x${notes}`, `${'~'.repeat(2_000)}${notes}`, '\0', '💥'];
    for (const shown of [elsewhere, ...odd]) expect(devices.deviceOf(ADA, shown)).toBeNull();
  });

  it('goes on under an older master key, and signs under the first', () => {
    const notes = devices.issue(ADA, null);
    const next = generateMasterKey();
    const both = new DeviceNotes(new SecretBox([next, key]));
    expect(both.deviceOf(ADA, notes)).toBe(devices.deviceOf(ADA, notes));
    const alone = new DeviceNotes(new SecretBox([next]));
    expect(alone.deviceOf(ADA, both.issue(ADA, notes))).not.toBeNull();
    expect(alone.deviceOf(ADA, notes)).toBeNull();
  });

  it('keeps the notes of four people who use one browser in turns', () => {
    let notes: string | null = null;
    for (const digit of [1, 2, 3, 2, 1]) notes = devices.issue(person(digit), notes);
    for (const digit of [1, 2, 3]) expect(devices.deviceOf(person(digit), notes)).not.toBeNull();
    for (const digit of [4, 5]) notes = devices.issue(person(digit), notes);
    expect(devices.deviceOf(person(3), notes)).toBeNull();
    for (const digit of [1, 2, 4, 5]) expect(devices.deviceOf(person(digit), notes)).not.toBeNull();
    // A browser sends it with each request.
    expect(notes?.length).toBeLessThan(700);
    expect(notes).toMatch(/^[\w.~-]+$/);
  });
});
