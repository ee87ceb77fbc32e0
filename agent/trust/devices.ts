/**
 * This PC's own list of who may come in: a device's code together with a person's login. The server's list only displays; this
 * one decides. Kept in `devices.json`, changed by `agent devices`, read again whenever it changes.
 *
 * Nobody stays on it for good without being looked at again: an entry is good until a day, and adding it again makes it good
 * for another year. On that day a session under way ends, and the next one is refused.
 *
 * What the server says was lost is struck off: it may take somebody off this list and never put anybody on it. That is written
 * down beside the list (`run/forgotten.json`), because the process that hears it may on Windows only read the list itself.
 *
 * The code holds 100 bits of the device key's hash, so it stands for the key itself: no second key with the same code can be made.
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import { KeyCode, Login, type PublicKey } from "../../signaling/protocol/ids.ts";
import { keyCode } from "../../signaling/protocol/signed.ts";
import { agentFolder } from "../settings/paths.ts";
import { readPrivateJson, revisionOf, writePrivateJson } from "./files.ts";

/** A year: how long a device is good when nothing else is said. ms */
export const DEVICE_YEAR_MS = 365 * 86_400_000;

const Entry = z.strictObject({
  code: KeyCode,
  login: Login,
  note: z.string().max(200).optional(),
  /** Epoch ms. */
  addedAt: z.number(),
  /** Epoch ms; from then on it is refused. Version 0.2 wrote none: see giveTerms(). */
  until: z.number().optional(),
});
type Entry = z.infer<typeof Entry>;
export type Device = Entry & { readonly until: number };

const DevicesFile = z.strictObject({ version: z.literal(1), devices: z.array(Entry).max(1_000) });

/** Epoch ms. An entry that was added later counts again. */
const Forgotten = z.strictObject({ code: KeyCode, login: Login, at: z.number() });
type Forgotten = z.infer<typeof Forgotten>;
const ForgottenFile = z.strictObject({ version: z.literal(1), forgotten: z.array(Forgotten).max(1_000) });

type Named = Pick<Entry, "code" | "login">;
const isSame = (a: Named, b: Named): boolean => a.code === b.code && a.login === b.login;

export class Devices {
  readonly #path: string;
  readonly #forgottenPath: string;
  readonly #now: () => number;

  /** `now`: epoch ms. */
  constructor(path: string, now: () => number = Date.now) {
    this.#path = path;
    this.#forgottenPath = join(agentFolder(dirname(path)), "forgotten.json");
    this.#now = now;
  }

  /** No file means nobody. A damaged one, or one that others may read, rejects: then nobody comes in either. */
  async list(): Promise<Device[]> {
    const year = this.#now() + DEVICE_YEAR_MS;
    return (await this.#read()).map((entry) => ({ ...entry, until: entry.until ?? year }));
  }

  /** Entries of version 0.2 are good for a year from now on, once and for all. Returns how many there were. */
  async giveTerms(): Promise<number> {
    const without = (await this.#read()).filter(({ until }) => until === undefined).length;
    if (without > 0) await this.#save(await this.list());
    return without;
  }

  async #read(): Promise<Entry[]> {
    const entries = await this.#written();
    const forgotten = await this.#forgotten();
    return entries.filter((entry) => !forgotten.some((one) => isSame(one, entry) && entry.addedAt <= one.at));
  }

  /** Forgotten ones among them. */
  async #written(): Promise<Entry[]> {
    return (await readPrivateJson(this.#path, DevicesFile))?.devices ?? [];
  }

  async #forgotten(): Promise<Forgotten[]> {
    return (await readPrivateJson(this.#forgottenPath, ForgottenFile))?.forgotten ?? [];
  }

  /** Until when this key is good in the hands of this person, epoch ms; undefined: they do not stand on the list. */
  async term(key: PublicKey, login: Login): Promise<number | undefined> {
    const code = await keyCode(key);
    return (await this.list()).find((device) => device.code === code && device.login === login)?.until;
  }

  /** False when it is there already: then it is good for as long as the new one, if that is longer. Without a day: a year. */
  async add({ until = this.#now() + DEVICE_YEAR_MS, ...device }: Entry): Promise<boolean> {
    const devices = await this.list();
    const at = devices.findIndex((one) => isSame(one, device));
    const before = devices[at];
    const forgotten = (await this.#forgotten()).find((one) => isSame(one, device));
    const addedAt = Math.max(device.addedAt, (forgotten?.at ?? Number.NEGATIVE_INFINITY) + 1); // even if the clock went back
    if (!before) await this.#save([...devices, { ...device, addedAt, until }]);
    else if (until > before.until) await this.#save(devices.with(at, { ...before, until }));
    return !before;
  }

  /** All entries with this code, or only the one of this person. Returns what was removed. */
  async remove(code: KeyCode, login?: Login): Promise<Device[]> {
    const devices = await this.list();
    const removed = devices.filter((device) => device.code === code && (login === undefined || device.login === login));
    if (removed.length > 0) await this.#save(devices.filter((device) => !removed.includes(device)));
    return removed;
  }

  /** Strikes it off at the server's word. False when it did not stand on the list. */
  async forget(device: Named): Promise<boolean> {
    const isKnown = (await this.#read()).some((entry) => isSame(entry, device));
    if (!isKnown) return false;
    const written = await this.#written();
    // what stands on the list no longer need not be kept: this file is never longer than that one
    const kept = (await this.#forgotten()).filter(
      (one) => !isSame(one, device) && written.some((entry) => isSame(entry, one)),
    );
    const at = Math.max(this.#now(), ...written.filter((entry) => isSame(entry, device)).map(({ addedAt }) => addedAt));
    const forgotten = [...kept, { code: device.code, login: device.login, at }];
    await writePrivateJson(this.#forgottenPath, { version: 1, forgotten });
    return true;
  }

  /** Changes whenever one of the files does. */
  revision(): Promise<string> {
    return revisionOf(this.#path, this.#forgottenPath);
  }

  #save(devices: Device[]): Promise<void> {
    return writePrivateJson(this.#path, { version: 1, devices });
  }
}
