/** An office PC presents its one-time token and its key, once. */
import { appendAudit } from "../audit/chain.ts";
import type { SummedRefusals } from "../audit/summed-refusals.ts";
import { hashToken } from "../auth/token.ts";
import { type Bus, publishChanges } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { EnrolRequest, EnrolResponse } from "../protocol/api.ts";
import { RequestError } from "../protocol/errors.ts";
import { hostLabel } from "../protocol/ids.ts";
import { enrolText, verify } from "../protocol/signed.ts";
import { GroupedWrites } from "../store/grouped-writes.ts";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";

export interface EnrolmentParts {
  readonly store: Store;
  readonly bus: Bus;
  readonly log: Log;
  readonly refusals: SummedRefusals;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Some 20 ms of work. */
const TOGETHER = 20;

export class Enrolment {
  readonly #parts: EnrolmentParts;
  /** On the day of a roll-out hundreds a second come, and each waits for the disk before it is answered. */
  readonly #takings: GroupedWrites;

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
    this.#takings = new GroupedWrites({ write: (work) => parts.store.write(work), together: TOGETHER });
  }

  /** Throws ENROL_REFUSED: a token that is unknown, used, too old or for another host, a wrong signature, a terminal that is disabled or whose event is over. */
  async enrol(request: EnrolRequest, address: string): Promise<EnrolResponse> {
    const { store, bus, log, refusals, now } = this.#parts;
    const at = now();
    const signed = await verify(request.publicKey, request.signature, enrolText(request));
    const answer = signed ? await this.#takings.add((q) => take(q, request, address, at)) : "signature";
    if (answer === undefined) throw new Error("an enrolment was put off");
    if (typeof answer === "string") {
      const about = { address, fault: answer };
      const event = "terminal.enrol-refused";
      const isToLog = await store.write((q) =>
        refusals.record(q, { event, at, actor: "unknown", organisation: null, about }, request),
      );
      if (isToLog) log.info(about, "enrolment refused");
      throw new RequestError("ENROL_REFUSED", "the token is unknown, used or too old");
    }
    await publishChanges(bus, [{ kind: "terminal", subject: answer.terminal }]);
    log.info({ terminal: answer.terminal, address }, "terminal enrolled");
    return answer;
  }
}

async function take(
  q: Queries,
  request: EnrolRequest,
  address: string,
  at: number,
): Promise<EnrolResponse | "token" | "host" | "expired"> {
  const token = await q.terminals.takeToken(hashToken(request.token), at);
  const terminal = token && (await q.terminals.byId(token.terminalId));
  // a disabled terminal's token is used up by the attempt, and so is one that another host presents
  if (!terminal || terminal.disabledAt !== null) return "token";
  if (token.host !== null && token.host !== hostLabel(request.host ?? "")) return "host";
  if ((await q.terminals.expiredAmong([terminal.id], at)).length > 0) return "expired";
  await q.terminals.enrol(terminal.id, request.publicKey, at);
  await appendAudit(q, {
    event: "terminal.enrolled",
    at,
    actor: `terminal:${terminal.id}`,
    organisation: terminal.organisationId,
    about: { terminal: terminal.id, address, again: terminal.publicKey === null ? 0 : 1 },
  });
  return { terminal: terminal.id, name: terminal.name, organisation: terminal.organisationName };
}
