/** One person at nine o'clock, as their page does it: sign in, connect, ask for their PC, wait for one's turn, answer the offer. */
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { codeAt } from "../../../signaling/auth/totp.ts";
import { Me } from "../../../signaling/protocol/api.ts";
import { ToViewer } from "../../../signaling/protocol/signal.ts";
import { sign, signInText } from "../../../signaling/protocol/signed.ts";
import { PASSWORD, type Person, TOWN_CODE } from "./rows.ts";
import type { Server } from "./server.ts";

const SDP = `v=0\r\n${"a=x-padding:0123456789012345678901234567890123456789\r\n".repeat(60)}`;
const CODE_MS = 30_000;
/** A person who has not got in by then gives up. */
const PATIENCE_MS = 90_000;
/** How often the page asks again, at most. */
const MAX_ASKS = 20;

export interface Arrival {
  /** From the first word to the sign-in, its repetitions included, ms. */
  readonly signInMs: number | undefined;
  /** From the first time of asking for the PC to its offer, ms. */
  readonly offerMs: number | undefined;
  /** Answers that let nobody in, and what went wrong. */
  readonly refusals: readonly string[];
  /** When the page hears that its session is over, or loses its connection (performance.now()); never before it had its offer. */
  readonly ended: Promise<number>;
  /** Ends the page's connection. */
  leave(): void;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly cookie: string | undefined;
}

/** `address`: of this person's own line. */
export async function arrive(server: Server, person: Person, address: string): Promise<Arrival> {
  const begun = performance.now();
  const refusals: string[] = [];
  const cookie = await signIn(server, person, { address, refusals });
  const never = new Promise<never>(() => {});
  if (cookie === undefined) return { signInMs: undefined, offerMs: undefined, refusals, ended: never, leave: () => {} };
  const signInMs = performance.now() - begun;
  const { ca, origin } = server;
  // made before: what comes while nobody listens is lost
  const signature = await sign(person.keys.privateKey, "any");
  const ws = new WebSocket(`${origin.replace("https", "wss")}/ws`, {
    ...{ ca, localAddress: address, headers: { cookie, origin }, perMessageDeflate: false },
  });
  const offerMs = await offered(ws, { terminal: person.terminal, signature, refusals });
  const ended = offerMs === undefined ? never : heardEnd(ws);
  return { signInMs, offerMs, refusals, ended, leave: () => ws.terminate() };
}

/** Until they are in, or lose patience: then undefined. */
export async function signIn(
  server: Server,
  person: Person,
  o: { address: string; refusals: string[] },
): Promise<string | undefined> {
  const until = performance.now() + PATIENCE_MS;
  const agent = new Agent({ keepAlive: true, secureContext: server.trust });
  try {
    while (performance.now() < until) {
      const reply = await tryOnce(server, person, agent, o.address).catch((error: Error) => {
        o.refusals.push(error.message);
        return undefined;
      });
      if (reply?.cookie !== undefined && Me.safeParse(reply.body).success) return reply.cookie;
      const { code, details } = (reply?.body ?? {}) as { code?: string; details?: { retryAfterS?: number } };
      if (code !== undefined) o.refusals.push(`sign-in: ${code}`);
      // a code that has been used: the next one, as the person would type it
      const waitMs = code === "SIGN_IN_REFUSED" ? CODE_MS - (Date.now() % CODE_MS) : (details?.retryAfterS ?? 1) * 1000;
      await pause(waitMs * (1 + 0.3 * Math.random()));
    }
    return undefined;
  } finally {
    agent.destroy();
  }
}

async function tryOnce(server: Server, person: Person, agent: Agent, address: string): Promise<Reply> {
  const { origin } = server;
  const { login, publicKey: deviceKey, keys, seed } = person;
  const post = (path: string, body: object) => ask(`${origin}${path}`, { agent, address, origin, body });
  const { challenge = "" } = (await post("/api/sign-in/challenge", {})).body as { challenge?: string };
  const signature = await sign(keys.privateKey, signInText({ challenge, origin, organisation: TOWN_CODE, login }));
  const code = codeAt(seed, Date.now());
  return post("/api/sign-in", {
    organisation: TOWN_CODE,
    login,
    password: PASSWORD,
    code,
    deviceKey,
    challenge,
    signature,
  });
}

function ask(url: string, o: { agent: Agent; address: string; origin: string; body: object }): Promise<Reply> {
  const headers = { origin: o.origin, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: "POST", agent: o.agent, localAddress: o.address, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0];
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), cookie });
      });
    });
    asked.on("error", reject);
    asked.setTimeout(PATIENCE_MS, () => asked.destroy(new Error("no answer")));
    asked.end(JSON.stringify(o.body));
  });
}

function heardEnd(ws: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    ws.on("close", () => resolve(performance.now()));
    ws.on("message", (data) => {
      if (String(data).includes('"session-end"')) resolve(performance.now());
    });
  });
}

/** Milliseconds until the offer came; undefined where none did. */
async function offered(
  ws: WebSocket,
  { terminal, signature, refusals }: Pick<Person, "terminal"> & { signature: string; refusals: string[] },
): Promise<number | undefined> {
  let asks = 0;
  let askedAt = 0;
  const say = (message: object) => {
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(message));
  };
  const askForPc = () => {
    asks += 1;
    askedAt ||= performance.now();
    say({ type: "session-request", terminal, takeOver: false, codecs: ["av1-444", "vp9-420"] });
  };
  return new Promise((resolve) => {
    const patience = setTimeout(() => end("nothing came"), PATIENCE_MS);
    const end = (problem?: string) => {
      clearTimeout(patience);
      if (problem !== undefined) refusals.push(problem);
      resolve(problem === undefined ? performance.now() - askedAt : undefined);
    };
    ws.on("error", (error) => end(error.message));
    ws.on("close", (code) => end(`closed ${code}`));
    ws.on("message", (data) => {
      const message = ToViewer.parse(JSON.parse(String(data)));
      if (message.type === "terminals" && asks === 0) askForPc();
      else if (message.type === "offer") {
        say({ type: "answer", session: message.session, attempt: message.attempt, sdp: SDP, signature });
        end();
      } else if (message.type === "session-end") end(`session-end ${message.reason}`);
      else if (message.type === "error") {
        refusals.push(message.code);
        const afterS = Number(message.details?.["retryAfterS"] ?? 2);
        if (message.code !== "SERVER_BUSY" || asks >= MAX_ASKS) end(message.code);
        else setTimeout(askForPc, afterS * 1000 * (1 + 0.3 * Math.random()));
      }
    });
  });
}
