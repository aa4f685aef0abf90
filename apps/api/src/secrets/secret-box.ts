import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

// Layout of a sealed value: 12 bytes nonce, ciphertext, 16 bytes tag; base64. AES-256-GCM (NIST SP 800-38D) under a key
// derived from the master key, so that the audit chain and the cipher never share key material.
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MASTER_KEY_BYTES = 32;

/** A value only this installation can open. `keyId` names the master key that sealed it. */
export interface Sealed {
  readonly keyId: string;
  readonly box: string;
}

interface MasterKey {
  readonly id: string;
  readonly sealing: Buffer;
  readonly auditing: Buffer;
  readonly devices: Buffer;
}

/** Thrown by `open`: the master key that sealed the value is not here, or the value was moved or altered. */
export class UnreadableSecretError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreadableSecretError';
  }
}

/** Seals and opens values. The first master key seals, all of them open. */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, MasterKey>;
  readonly #first: MasterKey;

  /** @param masterKeys base64 of 32 bytes each; throws RangeError where one is not. */
  constructor(masterKeys: readonly string[]) {
    const keys = masterKeys.map(parseMasterKey);
    const [first] = keys;
    if (first === undefined) throw new RangeError('at least one master key is needed');
    this.#first = first;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  /** Id of the key that seals now. */
  get keyId(): string {
    return this.#first.id;
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** `context` is bound to the value as additional data: opening it under another one fails. */
  seal(plain: string, context: readonly string[]): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#first.sealing, nonce);
    cipher.setAAD(additionalData(context));
    const box = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { keyId: this.#first.id, box: box.toString('base64') };
  }

  open(sealed: Sealed, context: readonly string[]): string {
    const key = this.#keys.get(sealed.keyId);
    if (key === undefined) throw new UnreadableSecretError('sealed under a master key that this server does not have');
    const bytes = Buffer.from(sealed.box, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new UnreadableSecretError('the sealed value is cut short');
    const decipher = createDecipheriv('aes-256-gcm', key.sealing, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(additionalData(context));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    try {
      const plain = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new UnreadableSecretError('the sealed value was moved or altered', { cause });
    }
  }

  /**
   * HMAC-SHA-256 (hex) for the audit chain under the first key, or under the one named; null where that one is not
   * here.
   */
  auditMac(text: string, keyId: string = this.#first.id): string | null {
    const key = this.#keys.get(keyId);
    return key === undefined ? null : createHmac('sha256', key.auditing).update(text).digest('hex');
  }

  /** HMAC-SHA-256 for what browsers keep, under the named key; null where that one is not here. */
  deviceMac(text: string, keyId: string): Buffer | null {
    const key = this.#keys.get(keyId);
    return key === undefined ? null : createHmac('sha256', key.devices).update(text).digest();
  }
}

/** A fresh master key in the form settings and key files hold. */
export function generateMasterKey(): string {
  return randomBytes(MASTER_KEY_BYTES).toString('base64');
}

function parseMasterKey(text: string): MasterKey {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== MASTER_KEY_BYTES || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new RangeError('a master key must be 32 bytes in base64');
  }
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', bytes, '', `intrallm/${purpose}`, 32));
  return {
    id: derive('key-id').toString('hex').slice(0, 16),
    sealing: derive('sealing'),
    auditing: derive('audit'),
    devices: derive('devices'),
  };
}

/** JSON keeps the parts apart: no two lists of parts give the same text. */
function additionalData(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), 'utf8');
}
