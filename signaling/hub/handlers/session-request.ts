import { randomUUID } from "node:crypto";
import { RequestError } from "../../protocol/errors.ts";
import { SessionId } from "../../protocol/ids.ts";
import type { ViewerMessageOf } from "../../protocol/signal.ts";
import type { PolicyAnswer } from "../../records.ts";
import { refusal } from "../../session-limits.ts";
import type { Hub, Session, Viewer } from "../hub.ts";
import { isHolder } from "../terminal-view.ts";
import { grantedTerminal } from "./granted-terminal.ts";

type Needed = Pick<Hub, "records" | "sessions" | "lifecycle" | "agents" | "sessionLimits" | "attemptBudget" | "now">;
type Request = ViewerMessageOf<"session-request">;

/** A person asks for an office PC, or comes back to a session whose path broke. */
export async function requestSession(hub: Needed, viewer: Viewer, request: Request): Promise<void> {
  const { signInId, person, login, name, deviceKey, organisation } = viewer.signedIn;
  await grantedTerminal(hub, viewer, request.terminal, "session.open");
  const answer = await askPolicy(hub, viewer, request);
  if (request.resume !== undefined && !hub.sessions.has(request.resume)) throw await over(hub, viewer, request.resume);
  mustBeAllowed(answer);

  // From here to the opening nothing waits: two requests for one terminal cannot both find it free.
  const resumed = resumable(hub, viewer, request);
  if (!hub.agents.has(request.terminal)) throw new RequestError("TERMINAL_OFFLINE", "the office PC is not connected");
  const why = refusal({ sessions: load(hub) }, { person, resuming: resumed !== undefined }, hub.sessionLimits);
  if (why) throw why;
  const replaced = resumed ? undefined : toReplace(hub, viewer, request);
  countAttempt(hub, viewer, request);
  const { policy, end } = answer;
  const wish = { codecs: request.codecs, rules: { policy, end } };
  if (resumed) return hub.lifecycle.resume(resumed, viewer, wish);
  if (replaced) hub.lifecycle.end(replaced.session, replaced.reason);
  await hub.lifecycle.open(
    viewer,
    {
      id: SessionId.parse(randomUUID()),
      terminal: request.terminal,
      organisation: organisation.id,
      person,
      login,
      personName: name,
      deviceKey,
      requestedAt: hub.now(),
      signInId,
    },
    wish,
  );
}

/** Of a session that it comes back to, as of one that began when that did. */
function askPolicy(hub: Needed, { signedIn, connection }: Viewer, { resume }: Request): Promise<PolicyAnswer> {
  const since = (resume && hub.sessions.get(resume)?.record.requestedAt) ?? hub.now();
  return hub.records.policyFor({ person: signedIn.person, since, from: connection.remoteAddress });
}

/** Throws PLACE_NOT_ALLOWED, OUTSIDE_HOURS. */
function mustBeAllowed({ refusal }: PolicyAnswer): void {
  if (refusal?.kind === "place") throw new RequestError("PLACE_NOT_ALLOWED", "not from this place");
  if (refusal?.kind === "hours") {
    const { next } = refusal;
    throw new RequestError("OUTSIDE_HOURS", "outside the hours", { details: next === undefined ? {} : { next } });
  }
}

/** The session to continue. A page that was loaded anew may not know its id: the same device continues nothing then. */
function resumable(hub: Needed, viewer: Viewer, request: Request): Session | undefined {
  if (request.resume === undefined) return undefined;
  const session = hub.sessions.get(request.resume);
  if (!session || session.record.terminal !== request.terminal || !isHolder(session.record, viewer.signedIn))
    throw new RequestError("SESSION_UNKNOWN", "that session has ended");
  return session;
}

/** A page that was away when its session ended hears why. */
async function over(hub: Needed, viewer: Viewer, resume: SessionId): Promise<RequestError> {
  if (await hub.records.isElsewhere(resume))
    return new RequestError("SERVER_BUSY", "the session is another node's", { details: { retryAfterS: 1 } });
  const end = await hub.records.whyEnded(resume);
  const details = end && isHolder(end.session, viewer.signedIn) ? { reason: end.reason } : {};
  return new RequestError("SESSION_UNKNOWN", "that session has ended", { details });
}

/** One controller per terminal: the person's own session there where its end is wished, a refusal otherwise. */
function toReplace(
  hub: Needed,
  viewer: Viewer,
  request: Request,
): { session: Session; reason: "viewer-left" | "taken-over" } | undefined {
  const present = hub.sessions.on(request.terminal);
  if (!present) return undefined;
  const { person, personName, requestedAt } = present.record;
  if (person !== viewer.signedIn.person)
    throw new RequestError("TERMINAL_BUSY", "somebody else is using it", {
      details: { name: personName, since: requestedAt },
    });
  const samePage =
    isHolder(present.record, viewer.signedIn) && (present.viewer === undefined || present.viewer === viewer);
  if (!samePage && !request.takeOver)
    throw new RequestError("TERMINAL_YOURS_ELSEWHERE", "you are using it elsewhere", {
      details: { since: requestedAt },
    });
  return { session: present, reason: samePage ? "viewer-left" : "taken-over" };
}

/** Of what is admitted, so that who finds the office PC in use does not use up its attempts. */
function countAttempt(hub: Needed, { signedIn }: Viewer, { terminal }: Request): void {
  const now = hub.now();
  if (hub.attemptBudget.take(signedIn.person, now) && hub.attemptBudget.take(terminal, now)) return;
  throw new RequestError("TOO_MANY_ATTEMPTS", "too many attempts at sessions", { details: { retryAfterS: 5 } });
}

function* load({ sessions }: Pick<Hub, "sessions">) {
  for (const { record, state } of sessions.values())
    yield { person: record.person, negotiating: state.kind === "requested" || state.kind === "negotiating" };
}
