/**
 * What a person sees and ends of their own. It goes over the desk as an administrator's acts do (desk.ts), as staff: the table is
 * asked about each thing, with whose it is, and each end is in the audit.
 */
import { staffOf } from "../auth/principal.ts";
import { RequestError } from "../protocol/errors.ts";
import { type KeyCode, type PersonId, SessionId } from "../protocol/ids.ts";
import type { Own, OwnDevice, OwnSession, OwnSignIn } from "../protocol/own.ts";
import type { SignedIn } from "../records.ts";
import type { OwnSignIn as SignInRow } from "../store/queries/sign-ins.ts";
import type { Queries } from "../store/queries.ts";
import type { Change } from "../store/rows/changes.ts";
import { type Asking, type Desk, look, perform } from "./desk.ts";
import { type RuleSettings, rulesFor } from "./own-rules.ts";
import { policyOf } from "./policy-names.ts";
import { aboutSession, endRecorded } from "./sessions.ts";

/** All that hold are among them, and some of the last: there are at most MAX_SIGN_INS. */
const SIGN_INS_SHOWN = 15;

export type OwnDesk = Omit<Desk, "principal" | "reason" | "twoPersons">;

type Settings = Omit<RuleSettings, "mail"> & {
  /** Codes can go out by mail. */
  readonly hasMail: boolean;
};

/** What changed, for what runs on this server. */
type Ended = readonly Change[];

export function ownOf(desk: OwnDesk, me: SignedIn, settings: Settings): Promise<Own> {
  return look(deskOf(desk, me), async (q, ask) => {
    ask.must("sign-in.read", ownPlace(me));
    const now = desk.now();
    const signIns = await q.signIns.ofPerson(me.person, now, SIGN_INS_SHOWN);
    const mine = signIns.find(({ id }) => id === me.signInId);
    const newestFirst = signIns.toSorted((one, other) => other.createdAt - one.createdAt);
    return {
      signIns: newestFirst.map((row) => signInOf(row, me, now - settings.signIn.idleMs, now)),
      refused: await refusedSince(q, me.person, mine),
      devices: await devicesOf(q, me, now),
      sessions: await sessionsOf(q, me),
      rules: rulesFor(
        { ...settings, mail: settings.hasMail && (await mayGetMail(q, me.person)) },
        await policyOf(q, me.person),
      ),
    };
  });
}

/** Ends one of their sign-ins, and the sessions that hang on it. */
export function endOwnSignIn(desk: OwnDesk, me: SignedIn, id: string): Promise<Ended> {
  return perform(deskOf(desk, me), "sign-in.ended", async (q, ask, at) => {
    const row = (await q.signIns.ofPerson(me.person, at, SIGN_INS_SHOWN)).find((one) => one.id === id);
    ask.must("sign-in.end", ownPlace(me));
    if (!row || (await q.signIns.end({ id }, at, "signed-out")).length === 0) throw notThere("sign-in");
    const about = { signIn: id, reason: "signed-out", by: me.signInId };
    return { organisation: me.organisation.id, about, result: [{ kind: "sign-in", subject: id }] as const };
  });
}

export function endOwnSession(desk: OwnDesk, me: SignedIn, id: SessionId): Promise<Ended> {
  return perform(deskOf(desk, me), "session.end-ordered", async (q, ask, at) => {
    const row = (await q.sessions.openOf(me.person)).find((one) => one.id === id);
    ask.must("session.end", ownPlace(me));
    if (!row || !(await endRecorded(q, row, at, "viewer-left"))) throw notThere("session");
    const result = [{ kind: "session", subject: id }] as const;
    return { organisation: row.organisationId, about: await aboutSession(q, row, at), result };
  });
}

/** Gives up a browser, the one they sit at too: it has to be let in by an administrator before it can be used again. */
export function giveUpDevice(desk: OwnDesk, me: SignedIn, code: KeyCode): Promise<Ended> {
  return perform(deskOf(desk, me), "device.removed", async (q, ask, at) => {
    const device = (await q.devices.ofPerson(me.person)).find((one) => one.code === code);
    ask.must("device.give-up", ownPlace(me));
    if (!device) throw notThere("browser");
    await q.devices.remove(device.id, at);
    await q.signIns.end({ deviceId: device.id }, at, "device-removed");
    const about = { code, login: me.login };
    return { organisation: me.organisation.id, about, result: [{ kind: "person", subject: me.person }] as const };
  });
}

async function mayGetMail(q: Queries, person: PersonId): Promise<boolean> {
  const mail = (await q.people.byId(person))?.mail ?? null;
  return mail !== null && (await q.duties.of(person)).length === 0;
}

const deskOf = (desk: OwnDesk, me: SignedIn): Desk => ({ ...desk, principal: staffOf(me) });

export const ownPlace = ({ person, organisation }: SignedIn): Parameters<Asking["must"]>[1] => ({
  organisations: [organisation.id],
  divisions: [],
  person,
});

const notThere = (what: string): RequestError => new RequestError("NOT_FOUND", `no such ${what} of yours`);

function signInOf(row: SignInRow, me: SignedIn, unusedSince: number, now: number): OwnSignIn {
  const isOver = row.endedAt !== null || row.removedAt !== null || row.endsAt <= now || row.lastUsedAt <= unusedSince;
  const { id, createdAt: at, lastUsedAt, code: device, address, browser, door } = row;
  return {
    ...{ id, at, lastUsedAt, device },
    state: id === me.signInId ? "here" : isOver ? "over" : "elsewhere",
    ...(address !== null && { from: address }),
    ...(browser !== null && { browser }),
    ...(door === "console" && { console: true }),
  };
}

/** Between the sign-in before and this one, and since. */
async function refusedSince(q: Queries, person: PersonId, mine: SignInRow | undefined): Promise<Own["refused"]> {
  const since = await q.people.refused(person);
  const at = since?.refusedAt ?? mine?.refusedAt ?? null;
  const from = since?.refusedFrom ?? mine?.refusedFrom ?? null;
  const count = (since?.refusals ?? 0) + (mine?.refusals ?? 0);
  return { count, ...(at !== null && { at }), ...(from !== null && { from }) };
}

async function devicesOf(q: Queries, me: SignedIn, now: number): Promise<OwnDevice[]> {
  const registered = (await q.devices.ofPerson(me.person)).map(({ code, publicKey, browser, addedAt, lastUsedAt }) => ({
    ...{ code, addedAt, state: publicKey === me.deviceKey ? ("here" as const) : ("elsewhere" as const) },
    ...(browser !== null && { browser }),
    ...(lastUsedAt !== null && { lastUsedAt }),
  }));
  const waiting = (await q.devices.pendingOf(me.person, now)).map(({ code, seenAt }) => ({
    ...{ code, addedAt: seenAt, state: "waiting" as const },
  }));
  return [...registered, ...waiting];
}

async function sessionsOf(q: Queries, me: SignedIn): Promise<OwnSession[]> {
  return (await q.sessions.openOf(me.person)).map(({ id, terminalId, terminalName, signInId, requestedAt }) => ({
    id: SessionId.parse(id),
    terminal: { id: terminalId, name: terminalName },
    where: signInId === me.signInId ? "here" : "elsewhere",
    since: requestedAt,
  }));
}
