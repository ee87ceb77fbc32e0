/**
 * The beginning of an attempt to sign in: who is it, and may they try? Nothing that costs much is done before the counter it
 * belongs to (throttle.ts), and no secret is looked at here.
 */
import type { SummedRefusals } from "../audit/summed-refusals.ts";
import type { MailCodeRequest } from "../protocol/api.ts";
import type { KeyCode } from "../protocol/ids.ts";
import { keyCode } from "../protocol/signed.ts";
import type { DeviceRow, OrganisationRow, PersonRow } from "../store/rows/tables.ts";
import type { Store } from "../store/store.ts";
import { type Challenges, provesKey } from "./device-key.ts";
import { type Admitted, type Attempt, loginKey, type SignInThrottle } from "./throttle.ts";

/**
 * A try counts from the moment its challenge was given out, which comes after the code was typed: a server that has much to do
 * reads its clock late, and a right code must not be refused for it. At most so much; RFC 6238 §5.2 allows for such delays.
 */
const MAX_LATENESS_MS = 5_000;

/** Where a request comes from. `origin` was compared with the allowed ones already. */
export interface Source {
  readonly origin: string;
  readonly address: string;
  /** What the browser calls itself (browser-name.ts). */
  readonly browser?: string | null;
}

/** What is known of one attempt before the secrets are looked at. `Request`: what was sent, with a code or to ask for one. */
export interface Claim<Request extends MailCodeRequest = MailCodeRequest> {
  readonly request: Request;
  readonly source: Source;
  readonly at: number;
  /** When the code was typed at the latest, as far as we know: which code was right then? */
  readonly triedAt: number;
  /** Whether the signature is good, whoever's device it is. */
  readonly proven: boolean;
  /** Undefined: none has this code, or there are several and no code was given. */
  readonly organisation: OrganisationRow | undefined;
  readonly person: PersonRow | undefined;
  /** What is counted of the login that was named. */
  readonly counted: string;
  /** Of the key that the browser named. */
  readonly code: KeyCode | undefined;
  /** Of that person, and it signed. */
  readonly device: DeviceRow | undefined;
}

export interface ClaimsParts {
  readonly store: Store;
  readonly challenges: Challenges;
  readonly throttle: SignInThrottle;
  readonly refusals: SummedRefusals;
  /** Epoch ms. */
  readonly now: () => number;
}

export class Claims {
  readonly #parts: ClaimsParts;

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  /** Who is it, and may they try? What costs something is done after the counter that it belongs to. */
  async begin<Request extends MailCodeRequest>(
    request: Request,
    source: Source,
  ): Promise<{ claim: Claim<Request>; admitted: Admitted }> {
    const { store, challenges, throttle, now } = this.#parts;
    const at = now();
    const { login, deviceKey, challenge } = request;
    const { organisation, person, registered } = await store.read(async (q) => {
      const organisation = await q.door.organisation(request.organisation);
      // the same questions are asked whatever the answers
      const found = await q.door.person({ organisation: organisation?.id ?? NOWHERE, login, key: deviceKey });
      return { organisation, person: found?.person, registered: found?.device };
    });
    const counted = loginKey(organisation?.id ?? request.organisation ?? "", login);
    const other: Attempt = { lane: "other", login: counted, address: source.address };
    const mayBeProven = registered !== undefined && person?.disabledAt === null;
    // who names no registered device is in the other lane, whatever the signature
    const early = mayBeProven ? undefined : await this.#admit(other);
    const signature = mayBeProven
      ? await throttle.admitSignature({ deviceId: registered.id, address: source.address })
      : undefined;
    const issuedAt = challenges.issuedAt(challenge, at);
    const signed = await provesKey({ ...request, origin: source.origin });
    const proven = signed && issuedAt !== undefined;
    if (proven) signature?.succeeded();
    const admitted =
      early ??
      (await this.#admit(
        proven && registered ? { lane: "proven", deviceId: registered.id, failures: registered.failures } : other,
      ));
    const code = await keyCode(deviceKey).catch(() => undefined);
    const triedAt = Math.min(at, Math.max(issuedAt ?? at, at - MAX_LATENESS_MS));
    const device = proven ? registered : undefined;
    return { claim: { request, source, at, triedAt, proven, organisation, person, counted, code, device }, admitted };
  }

  async #admit(attempt: Attempt): Promise<Admitted> {
    try {
      return await this.#parts.throttle.admit(attempt);
    } catch (error) {
      if (attempt.lane === "other") this.#parts.refusals.throttled();
      throw error;
    }
  }
}

/** No row has this id. */
const NOWHERE = "00000000-0000-4000-8000-000000000000" as PersonRow["organisationId"];

/** No row has this id. Asking for it costs what asking for a real one costs. */
export const NOBODY = "00000000-0000-4000-8000-000000000000" as PersonRow["id"];
