/**
 * Asking for a code by mail. Whoever asks gives login, password and the device's signature as for signing in, and learns nothing:
 * the answer, and the work behind it, are the same whether a code is on its way or anything was wrong. What was, stands in the
 * audit only; and only a mailbox tells that nothing was.
 *
 * So each request counts as an attempt that failed, too, in the counters of the sign-in (throttle.ts), until a sign-in clears them.
 */
import { setImmediate } from "node:timers/promises";
import { appendAudit } from "../audit/chain.ts";
import type { Log } from "../log.ts";
import type { MailCodeRequest, MailCodeResponse } from "../protocol/api.ts";
import { maskedMail } from "../protocol/mail-address.ts";
import { sourceOf } from "../source.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import { auditOf, type Fault, faultsOf, notCounted, unchanged } from "./attempts.ts";
import { type Claim, Claims, type ClaimsParts, NOBODY, type Source } from "./claims.ts";
import { codeLetter } from "./code-letter.ts";
import { lockOver } from "./lockout.ts";
import { MAIL_CODE_MINUTES, type MailedCodes } from "./mailed-codes.ts";
import type { Outbox } from "./outbox.ts";
import type { Passwords } from "./password.ts";
import type { SignInPolicy } from "./sign-in-policy.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Mails to one person. */
const AN_HOUR = 5;

export interface MailCodeParts extends ClaimsParts {
  readonly passwords: Passwords;
  readonly mailedCodes: MailedCodes;
  readonly outbox: Outbox;
  readonly policy: SignInPolicy;
  readonly log: Log;
}

/** What is known when a code was made. */
interface Made {
  readonly claim: Claim;
  readonly person: PersonRow;
  readonly code: string;
  readonly organisation: string;
}

export class MailCodeRequests {
  readonly #parts: MailCodeParts;
  readonly #claims: Claims;
  /** What still has to be said of mails. */
  readonly #open = new Set<Promise<void>>();

  constructor(parts: MailCodeParts) {
    this.#parts = parts;
    this.#claims = new Claims(parts);
  }

  /** Throws TOO_MANY_ATTEMPTS or SERVER_BUSY, as a sign-in does. */
  async request(request: MailCodeRequest, source: Source): Promise<MailCodeResponse> {
    // neither forgiven nor given back: a request that tells nothing may not be told by its count either
    const { claim, admitted } = await this.#claims.begin(request, source);
    const faults = await this.#look(claim).catch((error: unknown) => notCounted(error, admitted));
    const made = await this.#decide(claim, faults);
    if (made) this.#mail(made);
    return { validMinutes: MAIL_CODE_MINUTES };
  }

  /** Waits until what became of the mails is written down. */
  async close(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Looks at everything, always. */
  async #look(claim: Claim): Promise<Fault[]> {
    const { passwords, store, policy } = this.#parts;
    const { request, person, device, source, at } = claim;
    const fits = await passwords.verify(person?.passwordHash, request.password, device ? "proven" : "other");
    const faults = faultsOf(claim);
    if (!fits) faults.push("password");
    const id = person?.id ?? NOBODY;
    await store.read(async (q) => {
      const rules = await policy(q, id, { address: source.address, at });
      if (!rules.isMailAllowed) faults.push("way");
      if (!rules.isPlaceAllowed) faults.push("place");
      if (!rules.isOpen) faults.push("hours");
      // a mailbox is often what a thief has: who can do something to others comes in with the app
      if ((await q.duties.of(id)).length > 0) faults.push("duty");
      const locks = await q.locks.inForce(at);
      if (person && lockOver(locks, { person, device: claim.code })) faults.push("locked");
      if (person?.mail === null) faults.push("no-address");
    });
    return faults;
  }

  /** One write, whatever comes of it: its time tells nothing. */
  async #decide(claim: Claim, found: Fault[]): Promise<Made | undefined> {
    const { store, refusals, mailedCodes } = this.#parts;
    const { person, device, at } = claim;
    const { code, row } = mailedCodes.make(device, at);
    const { faults, organisation, isToLog } = await store.write(async (q) => {
      const faults = [...found, ...(await this.#lateFaults(q, claim))];
      const isRight = faults.length === 0;
      if (device) await q.devices.countFailure(device.id);
      else await q.people.countFailure(person?.id ?? NOBODY);
      const refused = isRight ? NOBODY : (person?.id ?? NOBODY);
      await q.people.countRefusal(refused, { at, from: sourceOf(claim.source.address) });
      await q.mailCodes.putAway(isRight ? (person?.id ?? NOBODY) : NOBODY, at);
      const organisation = claim.organisation?.name ?? "";
      if (isRight && row) {
        await q.mailCodes.insert(row);
        await appendAudit(q, auditOf(claim, "sign-in.code-made", aboutMail(claim)));
        return { faults, organisation, isToLog: true };
      }
      const refusal = auditOf(claim, "sign-in.refused", { ...aboutMail(claim), faults: faults.join(" "), way: "mail" });
      if (!device) return { faults, organisation, isToLog: await refusals.record(q, refusal, claim) };
      await appendAudit(q, refusal);
      return { faults, organisation, isToLog: true };
    });
    if (isToLog) this.#say(claim, faults);
    return person && faults.length === 0 ? { claim, person, code, organisation } : undefined;
  }

  /** What may have come in between, and how many there were. */
  async #lateFaults(q: Queries, { person, device, at }: Claim): Promise<Fault[]> {
    const made = await q.mailCodes.madeSince(person?.id ?? NOBODY, at - HOUR_MS);
    const [last = Number.NEGATIVE_INFINITY] = made;
    const isTooMany = at - last < MINUTE_MS || made.length >= AN_HOUR;
    const isChanged = person && device && !(await unchanged(q, { person, device, at }));
    return [...(isTooMany ? ["too-many-mails" as const] : []), ...(isChanged ? ["changed-meanwhile" as const] : [])];
  }

  #say({ request, organisation, code, source }: Claim, faults: readonly Fault[]): void {
    const who = { login: request.login, organisation: organisation?.code ?? request.organisation };
    const facts = { ...who, device: code, address: source.address };
    if (faults.length === 0) this.#parts.log.info(facts, "a code for signing in is sent by mail");
    else this.#parts.log.info({ ...facts, faults }, "a code by mail was refused");
  }

  #mail(made: Made): void {
    const sent = this.#send(made).catch((error: unknown) =>
      this.#parts.log.error({ error }, "what became of a mail could not be kept"),
    );
    this.#open.add(sent);
    void sent.finally(() => this.#open.delete(sent));
  }

  async #send({ claim, person, code, organisation }: Made): Promise<void> {
    const { outbox, log, store, now } = this.#parts;
    await setImmediate(); // the answer goes first, as soon as where there is nothing to send
    if (!person.mail) return;
    const letter = codeLetter({ code, organisation, at: claim.at, browser: claim.source.browser ?? undefined });
    const until = claim.at + MAIL_CODE_MINUTES * MINUTE_MS;
    const outcome = await outbox.send({ to: person.mail, ...letter, until });
    if (outcome.sent) return;
    const { why, answer } = outcome;
    log.warn({ login: person.login, why, answer }, "a code could not be sent by mail");
    const about = { ...aboutMail(claim), unsent: why, ...(answer !== undefined && { answer }) };
    const event = auditOf(claim, "sign-in.code-not-sent", about);
    await store.write((q) => appendAudit(q, { ...event, at: now(), actor: "server" }));
  }
}

/** The address whole stands in the list of people, and nowhere else. */
const aboutMail = ({ code, person }: Claim): Record<string, string | null> => ({
  device: code ?? null,
  ...(person?.mail && { mail: maskedMail(person.mail) }),
});
