/**
 * A roll-out while work goes on: office PCs enrol by the real way, each with a key of its own, while others are connected. Some
 * at a time, as fast as they are answered, from many addresses, because one address may enrol 300 a minute only.
 */
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { hashToken, newToken } from "../../signaling/auth/token.ts";
import { newTerminalId } from "../../signaling/organisations/terminals.ts";
import { type EnrolRequest, EnrolResponse } from "../../signaling/protocol/api.ts";
import { Nonce, type OrganisationId } from "../../signaling/protocol/ids.ts";
import { enrolText, exportPublicKey, generateKeyPair, sign } from "../../signaling/protocol/signed.ts";
import { openStore } from "../../signaling/store/open.ts";
import { OfficePcs } from "./crowd/office-pcs.ts";
import { fill, slicesOf } from "./crowd/rows.ts";
import { type Crowd, type LongestTurn, openServer, type PerProcess, type Server, usedSince } from "./crowd/server.ts";
import { type Durations, durations, round } from "./stats.ts";

export interface EnrolResult {
  readonly agents: number;
  readonly connected: number;
  readonly enrolled: number;
  readonly perSecond: number;
  readonly answer: Durations;
  /** Processor time of each process for one enrolment, what those connected cost meanwhile included, ms. */
  readonly cpuMsEach: PerProcess;
  readonly longestTurn: LongestTurn;
  /** Still connected afterwards. */
  readonly stayed: number;
  readonly problems: Readonly<Record<string, number>>;
}

const ENROLMENTS = 2_000;
const AT_A_TIME = 20;
const VALID_MS = 3_600_000;
const CONNECT_LIMIT_MS = 180_000;
const SETTLE_MS = 5_000;

const address = (i: number): string => `127.3.${Math.floor(i / 200)}.${1 + (i % 200)}`;

export async function measureEnrol(folder: string, crowd: Crowd, say: (what: string) => void): Promise<EnrolResult> {
  const server = await openServer(folder, { ...crowd, agents: crowd.agents + ENROLMENTS });
  let pcs: OfficePcs | undefined;
  try {
    say("rows");
    const rows = await fill(server, crowd);
    const requests = await Promise.all((await issueTokens(server, rows.organisation)).map(requestFor));
    await server.start();
    pcs = await OfficePcs.open(server, rows, { setUpMs: 0 });
    say(`${crowd.agents} office PCs connect`);
    const { up } = await pcs.start(CONNECT_LIMIT_MS);
    await pause(SETTLE_MS);
    say(`${ENROLMENTS} others enrol, ${AT_A_TIME} at a time`);
    const [from, cpuBefore] = [Date.now(), server.cpuSeconds()];
    const outcomes = await enrolAll(server, requests);
    const seconds = (Date.now() - from) / 1000;
    const used = usedSince(cpuBefore, server.cpuSeconds());
    await pause(1_000); // the last turns are said once a second
    const enrolled = outcomes.filter(({ problem }) => problem === undefined).length;
    const problems: Record<string, number> = {};
    for (const { problem } of outcomes) if (problem !== undefined) problems[problem] = (problems[problem] ?? 0) + 1;
    const each = Object.entries(used).map(([name, cpuSeconds]) => [name, round((cpuSeconds * 1000) / ENROLMENTS, 2)]);
    return {
      agents: crowd.agents,
      connected: up,
      enrolled,
      perSecond: round(enrolled / seconds),
      answer: durations(outcomes.map(({ ms, problem }) => (problem === undefined ? ms : null))),
      cpuMsEach: Object.fromEntries(each) as PerProcess,
      longestTurn: server.longestTurn(from),
      stayed: (await pcs.count()).up,
      problems,
    };
  } finally {
    await pcs?.close();
    await server.close();
  }
}

/** The secrets of tokens for new office PCs. */
async function issueTokens(server: Server, organisationId: OrganisationId): Promise<string[]> {
  const store = await openStore({ stateDir: server.stateDir });
  try {
    const secrets = Array.from({ length: ENROLMENTS }, newToken);
    const at = Date.now();
    const none = { divisionId: null, publicKey: null, enrolledAt: null, disabledAt: null, lastSeenAt: null };
    for (const slice of slicesOf(secrets))
      await store.write(async (q) => {
        for (const secret of slice) {
          const id = newTerminalId();
          await q.terminals.insert({
            ...none,
            interfaces: null,
            id,
            organisationId,
            createdAt: at,
            name: `新しいPC ${id}`,
          });
          const token = { hash: hashToken(secret), organisationId, terminalId: id, usedAt: null, host: null };
          await q.terminals.putToken({ ...token, createdAt: at, expiresAt: at + VALID_MS });
        }
      });
    return secrets;
  } finally {
    await store.close();
  }
}

/** Made before: keys and signatures cost the new office PC, not the server. */
async function requestFor(token: string): Promise<EnrolRequest> {
  const { privateKey, publicKey: key } = await generateKeyPair(true);
  const publicKey = await exportPublicKey(key);
  const nonce = Nonce.parse(randomBytes(16).toString("base64url"));
  return { token, publicKey, nonce, signature: await sign(privateKey, enrolText({ nonce, publicKey, token })) };
}

interface Outcome {
  readonly ms: number;
  readonly problem?: string;
}

async function enrolAll(server: Server, requests: readonly EnrolRequest[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    for (let i = next++; i < requests.length; i = next++) {
      const begun = performance.now();
      const problem = await enrol(server, requests[i] as EnrolRequest, address(i)).catch(
        (error: Error) => error.message,
      );
      outcomes.push({ ms: performance.now() - begun, ...(problem !== undefined && { problem }) });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  return outcomes;
}

/** Over a connection of its own. Returns what went wrong. */
async function enrol({ insideUrl, ca }: Server, body: EnrolRequest, localAddress: string): Promise<string | undefined> {
  const agent = new Agent({ ca });
  try {
    return await new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const sent = request(`${insideUrl}/api/enrol`, { method: "POST", agent, localAddress, headers }, (response) => {
        text(response).then((said) => {
          const isGood = response.statusCode === 200 && EnrolResponse.safeParse(JSON.parse(said)).success;
          resolve(isGood ? undefined : `${response.statusCode} ${said}`);
        }, reject);
      });
      sent.on("error", reject);
      sent.end(JSON.stringify(body));
    });
  } finally {
    agent.destroy();
  }
}
