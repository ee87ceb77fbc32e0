/** Codes that come by mail: eight digits, for one person and one device, once, for ten minutes. The store has their keyed hash only. */
import { createHmac, randomInt, randomUUID, timingSafeEqual } from "node:crypto";
import { MAIL_CODE_DIGITS } from "../protocol/api.ts";
import type { PersonId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, MailCodeRow } from "../store/rows/tables.ts";
import { deriveKey } from "../store/sealer.ts";
import { NOBODY } from "./claims.ts";

const MINUTE_MS = 60_000;
export const MAIL_CODE_MINUTES = 10;

export const isMailCode = (code: string): boolean => code.length === MAIL_CODE_DIGITS;

export class MailedCodes {
  readonly #key: Uint8Array;

  constructor(storeKey: Uint8Array) {
    this.#key = deriveKey(storeKey, "mail code 1");
  }

  /** `code` goes into the mail and nowhere else. */
  make(device: DeviceRow | undefined, at: number): { code: string; row: MailCodeRow | undefined } {
    const code = String(randomInt(10 ** MAIL_CODE_DIGITS)).padStart(MAIL_CODE_DIGITS, "0");
    const hash = this.#hash(device?.personId ?? NOBODY, device?.id ?? "", code);
    const times = { madeAt: at, expiresAt: at + MAIL_CODE_MINUTES * MINUTE_MS, overAt: null };
    const row = device && {
      ...{ id: randomUUID(), organisationId: device.organisationId, personId: device.personId, deviceId: device.id },
      ...{ hash, ...times },
    };
    return { code, row };
  }

  /** The one whose code this is. The store is asked and a hash is made whoever asks. */
  async find(q: Queries, device: DeviceRow | undefined, code: string, at: number): Promise<MailCodeRow | undefined> {
    const [person, id] = [device?.personId ?? NOBODY, device?.id ?? ""];
    const row = await q.mailCodes.usable(person, id, at);
    const hash = this.#hash(person, id, code);
    return row && timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash)) ? row : undefined;
  }

  /** Of eight digits a plain hash would hide nothing. */
  #hash(person: PersonId, device: string, code: string): string {
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([person, device, code]))
      .digest("base64url");
  }
}
