/**
 * Short-lived TURN credentials (draft-uberti-behave-turn-rest-00), made without a word to the relay: both hold one secret.
 *
 *   user name  <expiry, epoch s>:<session>.<a|v>.<attempt>.<tag>
 *   password   base64(HMAC-SHA1(secret, user name))
 *   tag        first 16 base64url letters of HMAC-SHA256(tag key of that end's side, user name without ".<tag>")
 *
 * The name is another one for each attempt, so that allocations which a dead peer left behind count against nobody's
 * quota. The tag lets the edge see, without asking, that signaling made the name. Its key is derived from the secret one
 * way: an edge of its own gets its side's tag key only. It cannot make passwords, nor recognise the other side's names.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IceServer } from "../protocol/ice-server.ts";
import { TURN_CREDENTIAL_TTL_MS } from "../protocol/limits.ts";
import type { Role } from "./relay-peers.ts";
import { type Side, sideOf } from "./side.ts";

const TAG_PURPOSE: Readonly<Record<Side, string>> = {
  outside: "engawa: TURN user names made by signaling, v1",
  inside: "engawa: TURN user names made by signaling for office PCs, v1",
};
const TAG_LETTERS = 16;
/** The session's UUID, the role, a counter. Anything longer or stranger was not made here. */
const USERNAME = /^((\d{10,11}):[0-9a-f-]{36}\.[av]\.\d{1,9})\.([A-Za-z0-9_-]{16})$/;

/** Proves who made a user name for that side, opens nothing. 32 bytes. */
export function tagKey(secret: string, side: Side): Buffer {
  return createHmac("sha256", secret).update(TAG_PURPOSE[side]).digest();
}

/** What a secret file holds: one secret a line, the one in use first, then those that are still honoured. */
export function parseSecrets(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function tag(key: Uint8Array, named: string): string {
  return createHmac("sha256", key).update(named).digest("base64url").slice(0, TAG_LETTERS);
}

function isTag(key: Uint8Array, named: string, claimed: string): boolean {
  return timingSafeEqual(Buffer.from(tag(key, named)), Buffer.from(claimed));
}

/** Did signaling make this user name, and may it still open an allocation? `keys`: tag keys, any of them will do. */
export function isIssuedName(username: string, keys: readonly Uint8Array[], now: number): boolean {
  const [, named, expiry, claimed] = USERNAME.exec(username) ?? [];
  if (named === undefined || expiry === undefined || claimed === undefined) return false;
  return Number(expiry) * 1000 >= now && keys.some((key) => isTag(key, named, claimed));
}

export class IceServers {
  readonly #secret: string;
  readonly #keys: Readonly<Record<Side, readonly Buffer[]>>;
  readonly #ttlMs: number;
  readonly #now: () => number;

  /** `previous`: secrets of before a rotation, whose names are still recognised. */
  constructor(options: { secret: string; previous?: readonly string[]; ttlMs?: number; now?: () => number }) {
    this.#secret = options.secret;
    const keys = (side: Side) => [options.secret, ...(options.previous ?? [])].map((secret) => tagKey(secret, side));
    this.#keys = { outside: keys("outside"), inside: keys("inside") };
    this.#ttlMs = options.ttlMs ?? TURN_CREDENTIAL_TTL_MS;
    this.#now = options.now ?? Date.now;
  }

  /** `ttlMs`: how long it may open an allocation, unless as long as for any session. */
  issue(to: { session: string; role: Role; attempt: number; urls: readonly string[]; ttlMs?: number }): IceServer {
    const expiry = Math.ceil((this.#now() + (to.ttlMs ?? this.#ttlMs)) / 1000);
    const named = `${expiry}:${to.session}.${to.role === "agent" ? "a" : "v"}.${to.attempt}`;
    const username = `${named}.${tag(tagKey(this.#secret, sideOf(to.role)), named)}`;
    const credential = createHmac("sha1", this.#secret).update(username).digest("base64");
    return { urls: [...to.urls], username, credential };
  }

  /** What an edge of that side gets: of the secret in use, and of those of before. */
  tagKeys(side: Side): readonly Buffer[] {
    return this.#keys[side];
  }

  /** For the first request on a connection by that side; a running allocation outlives its name's expiry. */
  isIssued(username: string, side: Side): boolean {
    return isIssuedName(username, this.#keys[side], this.#now());
  }
}
