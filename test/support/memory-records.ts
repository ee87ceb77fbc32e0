/** The Records port in memory, for tests of the hub alone. The real one runs in the integration and e2e rings. */
import { randomUUID } from "node:crypto";
import { answerOf, verdictOf } from "../../signaling/organisations/policy-now.ts";
import { agentPolicyOf } from "../../signaling/organisations/policy-resolve.ts";
import { type EndReason, RequestError } from "../../signaling/protocol/errors.ts";
import {
  Login,
  OrganisationId,
  PersonId,
  PublicKey,
  type SessionId,
  TerminalId,
} from "../../signaling/protocol/ids.ts";
import type { AgentPolicy, PolicyRules } from "../../signaling/protocol/policy.ts";
import type { ForgetWish, ForgottenDevice } from "../../signaling/protocol/signal.ts";
import type { WiredInterface } from "../../signaling/protocol/wake.ts";
import type {
  LockMessage,
  ProtectionReport,
  Records,
  SessionAsked,
  SessionRecord,
  SessionRules,
  SignedIn,
  SignedReceipt,
  Terminal,
  TwinsRecord,
  WakeRecord,
} from "../../signaling/records.ts";

const NO_RULES: PolicyRules = {};

export class MemoryRecords implements Records {
  readonly organisation = { id: OrganisationId.parse(randomUUID()), name: "見本市" };
  readonly signIns = new Map<string, SignedIn>();
  readonly terminals = new Map<TerminalId, Terminal>();
  readonly grants = new Set<string>();
  readonly elsewhere = new Set<SessionId>();
  readonly open = new Map<SessionId, SessionRecord>();
  /** Over or not. */
  readonly sessions = new Map<SessionId, SessionRecord>();
  readonly receipts: SignedReceipt[] = [];
  readonly protections: ProtectionReport[] = [];
  readonly ended: { id: SessionId; reason: EndReason }[] = [];
  readonly live: SessionId[] = [];
  readonly touched: string[] = [];
  readonly wakes: WakeRecord[] = [];
  readonly locked = new Set<Login>();
  /** What every office PC is to be told. */
  orders: readonly LockMessage[] = [];
  /** What policy says to whom, by this clock. */
  readonly rules = new Map<PersonId, PolicyRules>();
  now: () => number = Date.now;
  readonly twins: TwinsRecord[] = [];
  readonly forgets: Array<ForgetWish & { readonly terminal: TerminalId; readonly person: PersonId }> = [];

  addTerminal(id: string): Terminal {
    const terminal: Terminal = {
      id: TerminalId.parse(id),
      name: `PC ${id}`,
      organisation: this.organisation,
      publicKey: publicKey(id),
      lastSeenAt: undefined,
      interfaces: [],
    };
    this.terminals.set(terminal.id, terminal);
    return terminal;
  }

  signIn(login: string, device: string, terminals: readonly Terminal[]): SignedIn {
    const known = [...this.signIns.values()].find((one) => one.login === login);
    const signedIn: SignedIn = {
      signInId: randomUUID(),
      person: known?.person ?? PersonId.parse(randomUUID()),
      login: Login.parse(login),
      name: `${login}さん`,
      organisation: this.organisation,
      deviceKey: publicKey(device),
      endsAt: Number.MAX_SAFE_INTEGER,
    };
    this.signIns.set(signedIn.signInId, signedIn);
    for (const { id } of terminals) this.grants.add(`${signedIn.person} ${id}`);
    return signedIn;
  }

  async signedIn(signInId: string) {
    return this.signIns.get(signInId);
  }
  async touch(signInId: string) {
    this.touched.push(signInId);
  }
  async terminalsOf(person: PersonId, only?: TerminalId) {
    return [...this.terminals.values()]
      .filter(({ id }) => only === undefined || id === only)
      .filter(({ id }) => this.grants.has(`${person} ${id}`))
      .map((terminal) => ({ ...terminal, grantedUntil: undefined }));
  }
  async terminalTwins(twins: TwinsRecord) {
    this.twins.push(twins);
  }
  async terminal(id: TerminalId) {
    return this.twins.some(({ terminal }) => terminal === id) ? undefined : this.terminals.get(id);
  }
  async terminalSeen(id: TerminalId, lastSeenAt: number) {
    const terminal = this.terminals.get(id);
    if (terminal) this.terminals.set(id, { ...terminal, lastSeenAt });
  }
  async terminalInterfaces(id: TerminalId, interfaces: readonly WiredInterface[]) {
    const terminal = this.terminals.get(id);
    if (terminal) this.terminals.set(id, { ...terminal, interfaces });
  }
  async terminalWake(wake: WakeRecord) {
    this.wakes.push(wake);
  }
  async sessionRequested(session: SessionRecord) {
    const present = [...this.open.values()].find(({ terminal }) => terminal === session.terminal);
    if (present) {
      const code = present.person === session.person ? "TERMINAL_YOURS_ELSEWHERE" : "TERMINAL_BUSY";
      throw new RequestError(code, "there is an open session", { details: { since: present.requestedAt } });
    }
    this.open.set(session.id, session);
    this.sessions.set(session.id, session);
  }
  async sessionLive(id: SessionId) {
    this.live.push(id);
  }
  async sessionEnded(id: SessionId, _at: number, reason: EndReason) {
    this.open.delete(id);
    this.ended.push({ id, reason });
  }
  async isElsewhere(id: SessionId) {
    return this.elsewhere.has(id);
  }
  async whyEnded(id: SessionId) {
    const [session, end] = [this.sessions.get(id), this.ended.find((ended) => ended.id === id)];
    return session && end && { session, reason: end.reason };
  }
  async receipt(_terminal: Terminal, said: SignedReceipt) {
    this.receipts.push(said);
    return "kept" as const;
  }
  async protection(report: ProtectionReport) {
    const session = this.sessions.get(report.session);
    if (session?.terminal !== report.terminal) return undefined;
    this.protections.push(report);
    return session;
  }
  async devicesToForget(of: { terminals: readonly TerminalId[] } | { persons: readonly PersonId[] } | "everybody") {
    const owed = this.forgets.filter(({ terminal, person }) => {
      if (of === "everybody") return true;
      return "terminals" in of ? of.terminals.includes(terminal) : of.persons.includes(person);
    });
    const wishes = owed.map(({ terminal, code, login }) => ({ terminal, wish: { code, login } }));
    const found = new Map<TerminalId, ForgetWish[]>();
    for (const { terminal, wish } of wishes) found.set(terminal, [...(found.get(terminal) ?? []), wish]);
    return found;
  }
  async devicesForgotten(terminal: TerminalId, devices: readonly ForgottenDevice[]) {
    const isDone = (owed: (typeof this.forgets)[number]) =>
      owed.terminal === terminal && devices.some(({ code, login }) => code === owed.code && login === owed.login);
    const kept = this.forgets.filter((owed) => !isDone(owed));
    return this.forgets.splice(0, this.forgets.length, ...kept).length - kept.length;
  }
  async openSessions() {
    return [...this.open.values()];
  }
  async sessionHangsOn(id: SessionId, signInId: string) {
    const session = this.open.get(id);
    if (session) this.open.set(id, { ...session, signInId });
  }
  async signInsOver(ids: readonly string[]) {
    const over = ids.filter((id) => !this.signIns.has(id));
    return new Map<string, EndReason>(over.map((id) => [id, "administrator"]));
  }
  async terminalsBarred(ids: readonly TerminalId[]) {
    const barred = ids.filter((id) => !this.terminals.has(id));
    return new Map<TerminalId, EndReason>(barred.map((id) => [id, "terminal-disabled"]));
  }
  async sessionsDue(ids: readonly SessionId[]) {
    const due = new Map<SessionId, EndReason>();
    for (const id of ids) {
      const reason = this.#whyDue(id);
      if (reason) due.set(id, reason);
    }
    return due;
  }
  async policyFor(asked: SessionAsked) {
    return answerOf(this.rules.get(asked.person) ?? NO_RULES, asked, this.now());
  }
  async mayWake(person: PersonId) {
    return this.rules.get(person)?.wake ?? true;
  }
  async sessionsUnderPolicy(sessions: ReadonlyMap<SessionId, SessionAsked>) {
    const answers = new Map<SessionId, SessionRules | EndReason>();
    for (const [id, asked] of sessions)
      answers.set(id, await verdictOf(this.rules.get(asked.person) ?? NO_RULES, asked, this.now()));
    return answers;
  }
  async policiesOf(terminals: readonly TerminalId[]) {
    const found = new Map<TerminalId, AgentPolicy[]>();
    for (const id of terminals) {
      const users = await this.readersOf([id]);
      const sets = await Promise.all([...users].map((person) => agentPolicyOf(this.rules.get(person) ?? NO_RULES)));
      const known = new Map(sets.filter(({ rules }) => Object.keys(rules).length > 0).map((set) => [set.id, set]));
      if (known.size > 0) found.set(id, [...known.values()]);
    }
    return found;
  }
  async readersOf(terminals: readonly TerminalId[]) {
    const readers = new Set<PersonId>();
    for (const grant of this.grants) {
      const [person, terminal] = grant.split(" ") as [PersonId, TerminalId];
      if (terminals.includes(terminal)) readers.add(person);
    }
    return readers;
  }
  async grantsEnded() {
    return new Set<PersonId>();
  }

  async lockOver({ signInId }: Pick<SignedIn, "signInId">) {
    const login = this.signIns.get(signInId)?.login;
    return login !== undefined && this.locked.has(login) ? { until: undefined } : undefined;
  }
  async lockOrders(terminals: readonly TerminalId[]) {
    return new Map(terminals.map((id) => [id, this.orders] as const));
  }

  #whyDue(id: SessionId): EndReason | undefined {
    const session = this.open.get(id);
    if (!session) return "administrator";
    if (this.locked.has(session.login)) return "locked-out";
    if (!this.terminals.has(session.terminal)) return "terminal-disabled";
    return this.grants.has(`${session.person} ${session.terminal}`) ? undefined : "grant-removed";
  }
}

const publicKey = (seed: string): PublicKey =>
  PublicKey.parse(Buffer.from(seed).toString("base64url").padEnd(122, "A").slice(0, 122));
