/** Who this browser is (its key), and which office PCs it knows: the pinned key of each. Both live in IndexedDB. */
import { DeviceKey, done, KEYS, PINS } from "../signaling/client/device-key.ts";
import { type KeyCode, Login, PublicKey, type Signature, TerminalId } from "../signaling/protocol/ids.ts";
import { keyCode } from "../signaling/protocol/signed.ts";
import { GROUPS, type Pin } from "./pairing-code.ts";

/** In KEYS: which group of a confirmation code this browser asks for. */
const ASKED_GROUP = "asked-group";

export class Device {
  readonly publicKey: PublicKey;
  readonly code: KeyCode;
  readonly #key: DeviceKey;

  private constructor(key: DeviceKey) {
    this.#key = key;
    this.publicKey = key.publicKey;
    this.code = key.code;
  }

  /** The device of this browser profile; made at the first visit. Throws DeviceError. */
  static async open(): Promise<Device> {
    return new Device(await DeviceKey.open());
  }

  sign(text: string): Promise<Signature> {
    return this.#key.sign(text);
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
    return this.#key.database.transaction(name, mode).objectStore(name);
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
