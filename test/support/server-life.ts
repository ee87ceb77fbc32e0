/** A server on a real store, its door for office PCs on a real socket, for one life; and an office PC that is enrolled there. */
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { openAgentDoor } from "../../signaling/doors/websocket.ts";
import type { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import type { SignedIn } from "../../signaling/records.ts";
import { writeIdentity } from "./agent-state.ts";
import { DesktopTwin } from "./desktop-twin.ts";
import { makeHub } from "./hub-stage.ts";
import type { TestRelay } from "./relay.ts";
import { makeSignIn, makeTerminal, type TestPerson, type TestStore } from "./store.ts";
import type { TestCa } from "./test-ca.ts";
import { until } from "./until.ts";

const log = createLog({ level: "silent" });

export interface Life {
  readonly hub: Hub;
  readonly records: StoreRecords;
  readonly port: number;
  close(): Promise<void>;
}

interface LifeOptions {
  readonly place: TestStore;
  readonly relay: TestRelay;
  readonly tls: TestCa;
  /** That of the life before. */
  readonly port?: number;
}

export async function startLife({ place, relay, tls, port = 0 }: LifeOptions): Promise<Life> {
  const records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: Date.now });
  const hub = makeHub({ records, relay });
  await hub.start();
  const https = createServer({ key: tls.key, cert: tls.chain, minVersion: "TLSv1.3" });
  openAgentDoor({ server: https, hub, log });
  await once(https.listen(port, "127.0.0.1"), "listening");
  return {
    hub,
    records,
    port: (https.address() as AddressInfo).port,
    close: async () => {
      await hub.close();
      https.closeAllConnections();
      await new Promise((done) => https.close(done));
      await records.close();
    },
  };
}

export interface EnrolledOffice {
  readonly terminal: TerminalId;
  /** Its own list. The person's device stands on it. */
  readonly devices: Devices;
  /** Its state is in this folder. Fulfilled when the server has it. */
  start(life: Pick<Life, "hub">, toLog: (line: string) => void): Promise<RunningAgent>;
}

/** It knows the server by the port of this life. */
export async function enrolOffice(o: {
  readonly folder: string;
  readonly place: TestStore;
  readonly tls: TestCa;
  readonly person: TestPerson;
  readonly life: Pick<Life, "port">;
}): Promise<EnrolledOffice> {
  const { folder, place, tls, person, life } = o;
  const keys = await generateKeyPair(true);
  const publicKey = await exportPublicKey(keys.publicKey);
  const terminal = TerminalId.parse(await makeTerminal(place, { grantedTo: [person.login], publicKey }));
  const devices = new Devices(join(folder, "devices.json"));
  await devices.add({ code: person.device.code, login: person.login, addedAt: Date.now() });
  await writeIdentity(folder, { url: `https://127.0.0.1:${life.port}`, ca: tls.ca, terminal, keys });
  return {
    terminal,
    devices,
    async start({ hub }, toLog) {
      const running = await startAgent({
        stateDir: folder,
        logLevel: "info",
        logTo: { write: toLog },
        openDesktop: ({ onReport }) => new DesktopTwin(onReport),
      });
      await until("the agent is there", () => hub.agents.has(terminal));
      return running;
    },
  };
}

export async function signIn(
  records: Pick<StoreRecords, "signedIn">,
  place: TestStore,
  person: TestPerson,
  when: { readonly at: number; readonly address?: string },
): Promise<SignedIn> {
  const signedIn = await records.signedIn(await makeSignIn(place, person, when));
  if (!signedIn) throw new Error("not signed in");
  return signedIn;
}
