/** The agent's side of a DTLS handshake, the library's own, before a client whose datagrams come more than once or not at all. */
import { expect, test } from "vitest";
import { DtlsClient, DtlsServer } from "werift";
import { sendFlightsWhole, takeWholeMessages } from "../../agent/peer/handshake-flights.ts";
import { records } from "../../agent/peer/protected-records.ts";
import { certificate } from "../support/werift-viewer.ts";

const [HANDSHAKE, HELLO_VERIFY_REQUEST, SERVER_HELLO] = [22, 3, 2];

/** How often each datagram of the client, by its number, arrives; all at once. */
type Arrives = (number: number) => number;

async function handshake(arrives: Arrives) {
  const sent: Buffer[] = [];
  let number = 0;
  const line = (deliver: (data: Buffer) => void) => ({
    onData: (_: Buffer): void => {},
    send: async (data: Buffer) => deliver(Buffer.from(data)),
    close: async () => {},
  });
  const toClient = line((data) => {
    for (let i = arrives(number++); i > 0; i--) toServer.onData(Buffer.from(data));
  });
  const toServer = line((data) => {
    sent.push(data);
    setImmediate(() => toClient.onData(data));
  });
  const options = async (transport: object) => {
    const { certPem, privateKey, signatureHash } = await certificate();
    const own = { cert: certPem, key: privateKey, signatureHash, certificateRequest: true, extendedMasterSecret: true };
    return { ...own, transport } as unknown as ConstructorParameters<typeof DtlsServer>[0];
  };
  const server = new DtlsServer(await options(toServer));
  const client = new DtlsClient(await options(toClient));
  takeWholeMessages(server);
  const end = sendFlightsWhole(server);
  const errors: unknown[] = [];
  for (const socket of [server, client]) socket.onError.subscribe((error) => errors.push(error));
  const connected = [server, client].map((socket) => new Promise((resolve) => socket.onConnect.once(resolve)));
  client.connect().catch((error) => errors.push(error));
  await Promise.all(connected);
  end();
  const messages = sent
    .flatMap((data) => records(data))
    .filter(({ type, epoch }) => type === HANDSHAKE && epoch === 0)
    .map(({ whole }) => ({ type: whole.readUInt8(13), number: whole.readUInt16BE(17) }));
  return { messages, errors };
}

const hellos = ({ messages }: Awaited<ReturnType<typeof handshake>>) =>
  messages.filter(({ type }) => type === SERVER_HELLO).map(({ number }) => number);

test("asks for no cookie, and numbers its answer from 0", async () => {
  const seen = await handshake(() => 1);
  expect(seen.errors).toEqual([]);
  expect(seen.messages.map(({ type }) => type)).not.toContain(HELLO_VERIFY_REQUEST);
  expect(seen.messages.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
});

test("of two hellos that arrive in one turn the second is answered with the same", async () => {
  const seen = await handshake((number) => (number === 0 ? 3 : 1));
  expect(seen.errors).toEqual([]);
  expect(hellos(seen)).toEqual([0, 0, 0]);
});

test("comes about when the hello, or what follows it, is lost or comes twice", async () => {
  for (const arrives of [(n: number) => (n === 0 ? 0 : 1), () => 2] satisfies Arrives[]) {
    const seen = await handshake(arrives);
    expect(seen.errors).toEqual([]);
    expect(new Set(hellos(seen))).toEqual(new Set([0]));
  }
});
