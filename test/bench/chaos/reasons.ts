/**
 * For which reasons a session may have ended, by what people, administrators and office PCs did and saw. That the server died, was
 * stopped, cut off, had no room or no right clock is no reason. Pure.
 */
import type { Line, Revoking } from "./history.ts";
import type { Reach, SessionSeen } from "./sessions-seen.ts";

const OF_ACT: Readonly<Record<Revoking, string>> = {
  "device.remove": "device-removed",
  "grant.remove": "grant-removed",
  "lock.add": "locked-out",
  "person.sign-out": "administrator",
  "session.end": "administrator",
};
const isRevoking = (act: string): act is Revoking => Object.hasOwn(OF_ACT, act);

/** What never came to a picture may fail in ways that what had one may not. */
const BEFORE_LIVE = ["negotiation-timeout", "resume-expired", "agent-left", "unconfirmed"];
/** What a session waits for: the server for its office PC (CONFIRM_TIMEOUT_MS), an office PC for its page (RESUME_GRACE_MS); a little less than that. */
const CONFIRM_MS = 85_000;
const GRACE_MS = 110_000;
/** A server that can be reached for so long has heard what an office PC ended. */
const HEARD_MS = 3_000;
/** What was done so long before a session began has no part in its end. */
const BEFORE_MS = 90_000;
/** What is done at two nodes within so short a time has no order. */
const TOGETHER_MS = 1_000;
/** Open sign-ins of one person; one more ends the oldest. */
const MAX_SIGN_INS = 10;

export class Causes {
  readonly #reach: Reach;
  readonly #byLogin = new Map<string, Line[]>();
  readonly #bySession = new Map<string, Line[]>();

  constructor(lines: readonly Line[], reach: Reach) {
    this.#reach = reach;
    const put = (map: Map<string, Line[]>, key: string, line: Line) => {
      const there = map.get(key);
      if (there) there.push(line);
      else map.set(key, [line]);
    };
    for (const line of lines) {
      if ("login" in line && line.login !== undefined && line.kind !== "pc") put(this.#byLogin, line.login, line);
      if ("session" in line && line.session !== undefined) put(this.#bySession, line.session, line);
    }
  }

  /** `seen`: undefined where its office PC never heard of it. `whose`: by the record, where its page has not, either. */
  reasonsFor(id: string, seen: SessionSeen | undefined, whose?: string): Set<string> {
    const own = this.#bySession.get(id) ?? [];
    const login = seen?.login ?? own.flatMap((line) => (line.kind === "page" ? [line.login] : []))[0] ?? whose;
    const until = this.#knownAt(seen);
    const since = (seen?.openAt ?? own[0]?.at ?? Number.NEGATIVE_INFINITY) - BEFORE_MS;
    const isInTime = ({ at }: Line) => at >= since && at <= until + TOGETHER_MS;
    const allowed = new Set<string>();
    for (const line of own) {
      if (line.kind === "page" && line.what === "ends") allowed.add("viewer-left");
      if (line.kind === "act" && line.act === "session.end" && line.phase !== "refused") allowed.add("administrator");
    }
    if (seen?.end?.by === "itself") allowed.add(seen.end.reason);
    for (const line of (login === undefined ? [] : (this.#byLogin.get(login) ?? [])).filter(isInTime))
      for (const reason of reasonsOf(line, seen)) allowed.add(reason);
    if (login !== undefined && this.#signIns(login) >= MAX_SIGN_INS) allowed.add("sign-in-expired");
    for (const reason of this.#withoutAHand(seen)) allowed.add(reason);
    return allowed;
  }

  /** When the server knew of its end. What an office PC ended unheard goes on for the server: the person may end it there. */
  #knownAt(seen: SessionSeen | undefined): number {
    if (!seen?.end) return Number.POSITIVE_INFINITY;
    const { at, by } = seen.end;
    return by === "server" ? at : this.#reach.afterStretch(seen.terminal, at, HEARD_MS);
  }

  #signIns(login: string): number {
    const lines = this.#byLogin.get(login) ?? [];
    return lines.filter((line) => line.kind === "sign-in" && line.phase !== "refused").length;
  }

  #withoutAHand(seen: SessionSeen | undefined): readonly string[] {
    if (!seen || seen.control.length === 0) return BEFORE_LIVE;
    const { terminal, openAt, end } = seen;
    const whole = { from: openAt, to: end?.at ?? Number.POSITIVE_INFINITY };
    const wasAway = this.#reach.longestAway(terminal, whole) > CONFIRM_MS;
    const broken = whole.to - (seen.control.at(-1)?.to ?? whole.to);
    return [...(wasAway ? ["unconfirmed"] : []), ...(broken > GRACE_MS ? ["resume-expired"] : [])];
  }
}

function reasonsOf(line: Line, seen: SessionSeen | undefined): readonly string[] {
  if (line.kind === "page" && line.what === "signs-out") return ["signed-out"];
  // another page of theirs, or the same once more
  if (line.kind === "page" && line.what === "asks") return ["taken-over", "viewer-left"];
  if (line.kind !== "act" || line.phase === "refused" || !isRevoking(line.act)) return [];
  const isElsewhere = line.terminal !== undefined && seen !== undefined && line.terminal !== seen.terminal;
  return isElsewhere || line.act === "session.end" ? [] : [OF_ACT[line.act]];
}
