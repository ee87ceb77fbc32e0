/**
 * This PC's own list of who may come in: a device's code together with a person's login. The server's list only displays; this
 * one decides. Kept in `devices.json`, changed by `agent devices`, read again whenever it changes.
 *
 * Nobody stays on it for good without being looked at again: an entry is good until a day, and adding it again makes it good
 * for another year. A session under way goes on; the next one is refused.
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

export const Device = z.strictObject({
  code: KeyCode,
  login: Login,
  note: z.string().max(200).optional(),
  /** Epoch ms. */
  addedAt: z.number(),
  /** Epoch ms; from then on it is refused. An entry from before this was kept: a year after it was added. */
  until: z.number().optional(),
});
export type Device = z.infer<typeof Device>;

/** Epoch ms. */
export const goodUntil = ({ addedAt, until }: Device): number => until ?? addedAt + DEVICE_YEAR_MS;

const DevicesFile = z.strictObject({ version: z.literal(1), devices: z.array(Device).max(1_000) });

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

  /** Is this key, in the hands of this person, on the list now, and still good? */
  async allows(key: PublicKey, login: Login): Promise<boolean> {
    const code = await keyCode(key);
    const now = this.#now();
    return (await this.list()).some(
      (device) => device.code === code && device.login === login && now < goodUntil(device),
    );
  }

  /** False when it is there already: then it is good for as long as the new one, if that is longer. */
  async add(device: Device): Promise<boolean> {
    const devices = await this.list();
    const at = devices.findIndex(({ code, login }) => code === device.code && login === device.login);
    const before = devices[at];
    if (!before) await this.#save([...devices, device]);
    else if (goodUntil(device) > goodUntil(before))
      await this.#save(devices.with(at, { ...before, until: goodUntil(device) }));
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
