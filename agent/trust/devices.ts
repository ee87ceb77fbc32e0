/**
 * This PC's own list of who may come in: a device's code together with a person's login. The server's list only displays; this
 * one decides. Kept in `devices.json`, changed by `agent devices`, read again whenever it changes.
 *
 * Nobody stays on it for good without being looked at again: an entry is good until a day, and adding it again makes it good
 * for another year. On that day a session under way ends, and the next one is refused.
 *
 * The code holds 100 bits of the device key's hash, so it stands for the key itself: no second key with the same code can be made.
 */
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { KeyCode, Login, type PublicKey } from "../../signaling/protocol/ids.ts";
import { keyCode } from "../../signaling/protocol/signed.ts";
import { assertPrivate, writePrivate } from "./files.ts";

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

export class Devices {
  readonly #path: string;
  readonly #now: () => number;

  /** `now`: epoch ms. */
  constructor(path: string, now: () => number = Date.now) {
    this.#path = path;
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
    try {
      await assertPrivate(this.#path);
      return DevicesFile.parse(JSON.parse(await readFile(this.#path, "utf8"))).devices;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw new Error(`${this.#path} cannot be used: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  /** Until when this key is good in the hands of this person, epoch ms; undefined: they do not stand on the list. */
  async term(key: PublicKey, login: Login): Promise<number | undefined> {
    const code = await keyCode(key);
    return (await this.list()).find((device) => device.code === code && device.login === login)?.until;
  }

  /** False when it is there already: then it is good for as long as the new one, if that is longer. Without a day: a year. */
  async add({ until = this.#now() + DEVICE_YEAR_MS, ...device }: Entry): Promise<boolean> {
    const devices = await this.list();
    const at = devices.findIndex(({ code, login }) => code === device.code && login === device.login);
    const before = devices[at];
    if (!before) await this.#save([...devices, { ...device, until }]);
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

  /** Changes whenever the file does. */
  async revision(): Promise<string> {
    return stat(this.#path).then(
      ({ mtimeMs, size, ino, mode }) => `${mtimeMs} ${size} ${ino} ${mode}`,
      () => "none",
    );
  }

  #save(devices: Device[]): Promise<void> {
    return writePrivate(this.#path, `${JSON.stringify({ version: 1, devices }, null, 2)}\n`);
  }
}
