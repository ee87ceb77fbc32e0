/**
 * Who this browser is: a signing key that cannot be taken out of it (P-256, non-extractable), in IndexedDB, one per origin. A copied
 * browser profile is a copied device.
 */
import type { KeyCode, PublicKey, Signature } from "../protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode, sign } from "../protocol/signed.ts";

const DATABASE = "engawa";
export const KEYS = "keys";
/** The viewer's: the keys of office PCs. Every origin has the store, so that there is one version of the database. */
export const PINS = "pins";
const DEVICE = "device";

/** Why this browser cannot be a device: not https (no WebCrypto), or it keeps nothing. */
export type DeviceProblem = "insecure" | "no-storage";

export class DeviceError extends Error {
  override readonly name = "DeviceError";
  readonly problem: DeviceProblem;
  constructor(problem: DeviceProblem, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

export class DeviceKey {
  readonly publicKey: PublicKey;
  readonly code: KeyCode;
  readonly database: IDBDatabase;
  readonly #privateKey: CryptoKey;

  private constructor(database: IDBDatabase, privateKey: CryptoKey, publicKey: PublicKey, code: KeyCode) {
    this.database = database;
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
    this.code = code;
  }

  /** The key of this browser profile; made at the first visit. Throws DeviceError. */
  static async open(): Promise<DeviceKey> {
    if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw new DeviceError("insecure");
    try {
      const database = await openDatabase();
      const pair = await storedPair(database);
      const publicKey = await exportPublicKey(pair.publicKey);
      return new DeviceKey(database, pair.privateKey, publicKey, await keyCode(publicKey));
    } catch (cause) {
      throw new DeviceError("no-storage", { cause });
    }
  }

  sign(text: string): Promise<Signature> {
    return sign(this.#privateKey, text);
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(KEYS);
    request.result.createObjectStore(PINS);
  };
  return done(request);
}

/** Two tabs may both find nothing: the key is made first, and one transaction decides whose is kept. */
async function storedPair(database: IDBDatabase): Promise<CryptoKeyPair> {
  const read = database.transaction(KEYS, "readonly").objectStore(KEYS).get(DEVICE);
  const found = (await done(read)) as CryptoKeyPair | undefined;
  if (found) return found;
  const fresh = await generateKeyPair(false);
  const store = database.transaction(KEYS, "readwrite").objectStore(KEYS);
  const other = (await done(store.get(DEVICE))) as CryptoKeyPair | undefined;
  if (other) return other;
  await done(store.put(fresh, DEVICE));
  return fresh;
}

export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
