/** Office PCs: made here with a token, enrolled by their agent (enrolment.ts). */
import { randomBytes } from "node:crypto";
import type { Action } from "../auth/permissions.ts";
import { randomLetters } from "../auth/random-letters.ts";
import { hashToken } from "../auth/token.ts";
import type { EnrolmentToken } from "../protocol/api.ts";
import { checkLetter, isChecked } from "../protocol/check-letter.ts";
import { type EventId, hostLabel, TerminalId } from "../protocol/ids.ts";
import { type WiredInterface, WiredInterfaces } from "../protocol/wake.ts";
import type { TerminalWithOrganisation } from "../store/queries/terminals.ts";
import type { Queries } from "../store/queries.ts";
import type { EnrolmentTokenRow, TerminalRow } from "../store/rows/tables.ts";
import { mustFit, mustNotBeExpired, takeAllotment, type Under } from "./allotments.ts";
import { type Asking, type Desk, DeskError, perform } from "./desk.ts";
import { divisionIn, standingNamed } from "./divisions.ts";
import type { Listing } from "./listing.ts";
import { type Named, named, placeOf } from "./places.ts";

export const TOKEN_TTL_MS = 24 * 3_600_000;

export interface TokenRequest {
  /** A new office PC of this organisation (may be left out while there is only one), in this division … */
  readonly organisation?: string | undefined;
  readonly division?: string | undefined;
  readonly name?: string | undefined;
  /** … or one that exists and is to enrol again; its key is then exchanged. */
  readonly terminal?: TerminalId | undefined;
  /** From which allotment a new one has its ID. */
  readonly under?: Under;
  readonly ttlMs?: number | undefined;
  /** The host name of the one PC that may use it. */
  readonly host?: string | undefined;
}

export interface IssuedToken {
  readonly terminal: TerminalId;
  readonly name: string;
  readonly secret: string;
  readonly expiresAt: number;
}

export function issueToken(desk: Desk, request: TokenRequest): Promise<IssuedToken> {
  const event = request.terminal === undefined ? "terminal.added" : "terminal.token-made";
  return perform(desk, event, async (q, ask, at) => {
    const terminal = await (request.terminal === undefined
      ? addTerminal(q, ask, request, at)
      : terminalFor(q, ask, "terminal.token", request.terminal));
    if (request.terminal !== undefined) await mustNotBeExpired(q, terminal, at);
    const host = request.host === undefined ? null : hostLabel(request.host);
    const result = await putToken(q, terminal, { host, ttlMs: request.ttlMs }, at);
    const { id, name, organisationId } = terminal;
    return { organisation: organisationId, about: { terminal: id, name, expiresAt: result.expiresAt, host }, result };
  });
}

interface TokenTerms {
  readonly host?: string | null;
  readonly ttlMs?: number | undefined;
}

/** Whether it is allowed was asked before. */
export async function putToken(
  q: Queries,
  terminal: Pick<TerminalRow, "id" | "name" | "organisationId">,
  terms: TokenTerms,
  at: number,
): Promise<IssuedToken> {
  const { row, issued } = newToken(terminal, terms, at);
  await q.terminals.putToken(row);
  return issued;
}

/** What is kept of it, and what is handed over. */
export function newToken(
  { id, name, organisationId }: Pick<TerminalRow, "id" | "name" | "organisationId">,
  { host = null, ttlMs = TOKEN_TTL_MS }: TokenTerms,
  at: number,
): { row: EnrolmentTokenRow; issued: IssuedToken } {
  const secret = randomBytes(32).toString("base64url");
  const expiresAt = at + ttlMs;
  const times = { createdAt: at, expiresAt, usedAt: null };
  return {
    row: { hash: hashToken(secret), organisationId, terminalId: id, ...times, host },
    issued: { terminal: id, name, secret, expiresAt },
  };
}

/** What `agent enrol` takes (see EnrolmentToken). */
export function encodeToken(token: EnrolmentToken): string {
  return `engawa1.${Buffer.from(JSON.stringify(token)).toString("base64url")}`;
}

/** Hosts of the relays that stand elsewhere than the server; undefined: none does. `turnUrls`: RFC 7065. */
export function otherRelayHosts(serverUrl: string, turnUrls: readonly string[]): string[] | undefined {
  const bare = (host: string) => host.toLowerCase().replace(/^\[|\]$/g, "");
  const own = bare(new URL(serverUrl).hostname);
  const hosts = turnUrls.map((url) => bare(/^turns?:(\[[^\]]+\]|[^:?]+)/.exec(url)?.[1] ?? ""));
  const others = [...new Set(hosts)].filter((host) => host !== own);
  return others.length > 0 ? others : undefined;
}

/** How it could be woken, as its agent told it last. */
export function interfacesOf({ interfaces }: Pick<TerminalRow, "interfaces">): WiredInterface[] {
  return interfaces === null ? [] : WiredInterfaces.parse(JSON.parse(interfaces));
}

export const terminals: Listing<TerminalWithOrganisation & Named, TerminalId> = {
  action: "terminal.read",
  page: async (q, filter, page) => named(q, await q.terminals.page(filter, page)),
  count: (q, filter) => q.terminals.count(filter),
  afterOf: ({ id }) => id,
  async problem(q, ask, id) {
    const terminal = await q.terminals.byId(id);
    const isSeen = terminal !== undefined && ask.may("terminal.read", await placeOf(q, terminal));
    return isSeen ? undefined : new DeskError("terminal-unknown", { terminal: id });
  },
};

/** Into another division of its organisation, or out of all. */
export function moveTerminal(desk: Desk, id: TerminalId, division: string | undefined): Promise<void> {
  return perform(desk, "terminal.moved", async (q, ask) => {
    const terminal = await terminalFor(q, ask, "terminal.move", id);
    const divisionId = await divisionIn(q, ask, "terminal.move", terminal.organisationId, division);
    await q.terminals.setDivision(id, divisionId);
    return { organisation: terminal.organisationId, about: { terminal: id, division: divisionId }, result: undefined };
  });
}

/** A running server ends its session and its agent's connection. */
export function disableTerminal(desk: Desk, id: TerminalId): Promise<void> {
  return perform(desk, "terminal.disabled", async (q, ask, at) => {
    const terminal = await terminalFor(q, ask, "terminal.disable", id);
    if (terminal.disabledAt !== null) throw new DeskError("terminal-disabled", { terminal: id });
    await q.terminals.setDisabled(id, at);
    return { organisation: terminal.organisationId, about: { terminal: id }, result: undefined };
  });
}

export function enableTerminal(desk: Desk, id: TerminalId): Promise<void> {
  return perform(desk, "terminal.enabled", async (q, ask, at) => {
    const terminal = await terminalFor(q, ask, "terminal.enable", id);
    if (terminal.disabledAt === null) throw new DeskError("terminal-not-disabled", { terminal: id });
    await mustFit(q, terminal, at);
    await q.terminals.setDisabled(id, null);
    return { organisation: terminal.organisationId, about: { terminal: id }, result: undefined };
  });
}

/** It has its ID from another allotment from now on: one whose event is over is used again without being enrolled anew. */
export function allotTerminal(desk: Desk, id: TerminalId, under: EventId | "regular"): Promise<void> {
  return perform(desk, "terminal.allotted", async (q, ask, at) => {
    const terminal = await terminalFor(q, ask, "terminal.allot", id);
    const { organisationId, allotmentId: before } = terminal;
    const allotmentId = await takeAllotment(q, ask, organisationId, at, under);
    await q.terminals.setAllotment(id, allotmentId);
    const event = allotmentId === null ? undefined : await q.waves.eventOf(allotmentId);
    const about = { terminal: id, name: event?.name ?? null, until: event?.endsAt ?? null, before };
    return { organisation: organisationId, about, result: undefined };
  });
}

/** The office PC to which something is to be done. Who may not see it is told that there is none. */
export async function terminalFor(
  q: Queries,
  ask: Asking,
  action: Action,
  id: TerminalId,
): Promise<TerminalWithOrganisation> {
  const terminal = await q.terminals.byId(id);
  const place = terminal && (await placeOf(q, terminal));
  if (!terminal || !place || !(ask.may("terminal.read", place) || ask.may(action, place))) {
    ask.mustSomewhere("terminal.read");
    if (!isChecked(id)) throw new DeskError("terminal-misheard", { terminal: id });
    throw new DeskError("terminal-unknown", { terminal: id });
  }
  ask.must(action, place);
  return terminal;
}

type Allotment = Pick<TerminalWithOrganisation, "allotmentId">;

async function addTerminal(
  q: Queries,
  ask: Asking,
  request: TokenRequest,
  at: number,
): Promise<TerminalRow & Allotment> {
  if (!request.name) throw new DeskError("terminal-unnamed", {});
  const { organisation, divisionId } = await standingNamed(q, ask, "terminal.add", request);
  const allotmentId = await takeAllotment(q, ask, organisation.id, at, request.under);
  return insertTerminal(q, { organisationId: organisation.id, divisionId, name: request.name, allotmentId }, at);
}

type NewTerminal = Pick<TerminalRow, "organisationId" | "divisionId" | "name"> & Allotment;

/** Whether it is allowed was asked before. */
export async function insertTerminal(q: Queries, of: NewTerminal, at: number): Promise<TerminalRow & Allotment> {
  const row = newTerminal(of, at);
  await q.terminals.insert(row);
  return row;
}

export const newTerminal = (of: NewTerminal, at: number): TerminalRow & Allotment => ({
  ...{ id: newTerminalId(), ...of, publicKey: null, createdAt: at, enrolledAt: null },
  ...{ disabledAt: null, lastSeenAt: null, interfaces: null },
});

/** The last letter checks the others. */
export function newTerminalId(): TerminalId {
  const letters = randomLetters(1, 11);
  return TerminalId.parse(`${letters}${checkLetter(letters)}`.replace(/(.{4})(?=.)/g, "$1-"));
}
