/**
 * Who this browser is, and which office PCs it knows: a signing key that cannot be taken out of the browser (P-256,
 * non-extractable), and the pinned key of every office PC. Both live in IndexedDB. A copied browser profile is a copied device.
 */
import { type KeyCode, Login, PublicKey, type Signature, TerminalId } from "../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode, sign } from "../signaling/protocol/signed.ts";
import { GROUPS, type Pin } from "./pairing-code.ts";

const DATABASE = "engawa";
const KEYS = "keys";
const PINS = "pins";
const DEVICE = "device";
/** In KEYS: which group of a confirmation code this browser asks for. */
const ASKED_GROUP = "asked-group";

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

export class Device {
  readonly publicKey: PublicKey;
  readonly code: KeyCode;
  readonly #privateKey: CryptoKey;
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase, privateKey: CryptoKey, publicKey: PublicKey, code: KeyCode) {
    this.#database = database;
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
    this.code = code;
  }

  /** The device of this browser profile; made at the first visit. Throws DeviceError. */
  static async open(): Promise<Device> {
    if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw new DeviceError("insecure");
    try {
      const database = await openDatabase();
      const pair = await storedPair(database);
      const publicKey = await exportPublicKey(pair.publicKey);
      return new Device(database, pair.privateKey, publicKey, await keyCode(publicKey));
    } catch (cause) {
      throw new DeviceError("no-storage", { cause });
    }
  }

  sign(text: string): Promise<Signature> {
    return sign(this.#privateKey, text);
  }

  /** The key this office PC had when somebody compared its code. What does not fit the schema counts as absent. */
  async pinned(terminal: TerminalId): Promise<PublicKey | undefined> {
    return (await readPin(await done(this.#store(PINS, "readonly").get(terminal))))?.key;
  }

  async pins(): Promise<Pin[]> {
    const all: unknown[] = await done(this.#store(PINS, "readonly").getAll());
    return (await Promise.all(all.map(readPin))).filter((pin) => pin !== undefined);
  }

  async pin(pin: Omit<Pin, "code">): Promise<void> {
    await done(this.#store(PINS, "readwrite").put(pin, pin.terminal));
  }

  /** The group of a confirmation code (0–3) that is typed and not shown; chosen once, known to this browser only. */
  async askedGroup(): Promise<number> {
    const store = this.#store(KEYS, "readwrite");
    const found: unknown = await done(store.get(ASKED_GROUP));
    if (typeof found === "number" && Number.isInteger(found) && found >= 0 && found < GROUPS) return found;
    const fresh = (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % GROUPS;
    await done(store.put(fresh, ASKED_GROUP));
    return fresh;
  }

  async forget(terminal: TerminalId): Promise<void> {
    await done(this.#store(PINS, "readwrite").delete(terminal));
  }

  #store(name: string, mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(name, mode).objectStore(name);
  }
}

/** The code is made from the key, so that pins of every age have one. Exported for its test. */
export async function readPin(value: unknown): Promise<Pin | undefined> {
  const pin = value as Partial<Pin> | undefined;
  const terminal = TerminalId.safeParse(pin?.terminal);
  const key = PublicKey.safeParse(pin?.key);
  if (!terminal.success || !key.success) return undefined;
  return {
    terminal: terminal.data,
    key: key.data,
    code: await keyCode(key.data),
    name: String(pin?.name ?? ""),
    login: Login.safeParse(pin?.login).data,
    pinnedAt: Number(pin?.pinnedAt ?? 0),
  };
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

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
