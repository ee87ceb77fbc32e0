/**
 * A decoder for tests that run inside Windows, where only encoders were built: the packets go to the machine around it over
 * HTTP, and the pictures come back.
 *
 *   POST /CODEC/ID  packet ─▶ planes, one after another; what they are stands in a header
 *   DELETE /CODEC/ID
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type DecodedPicture, Decoder } from "./decoder.ts";

type CodecName = "av1" | "vp9";

export interface PictureDecoder {
  /** Rejects unless exactly one picture comes out. */
  decode(data: Uint8Array): Promise<DecodedPicture>;
  close(): Promise<void>;
}

/** The port of the decoders' server, for tests inside Windows. */
export const DECODERS_VARIABLE = "ENGAWA_TEST_DECODERS";
const DESCRIPTION = "x-picture";

export function openDecoder(codec: CodecName): PictureDecoder {
  if (process.platform === "win32") return new RemoteDecoder(codec, Number(process.env[DECODERS_VARIABLE]));
  const decoder = new Decoder(codec);
  return { decode: async (data) => decoder.decode(data), close: async () => decoder.close() };
}

class RemoteDecoder implements PictureDecoder {
  readonly #options;

  constructor(codec: CodecName, port: number) {
    this.#options = { host: "127.0.0.1", port, path: `/${codec}/${crypto.randomUUID()}` };
  }

  async decode(data: Uint8Array): Promise<DecodedPicture> {
    const { statusCode, headers, body } = await this.#send("POST", data);
    if (statusCode !== 200) throw new Error(body.toString());
    const { width, height, chroma, sizes } = JSON.parse(String(headers[DESCRIPTION]));
    const [y = 0, u = 0] = sizes as number[];
    return { width, height, chroma, planes: [body.subarray(0, y), body.subarray(y, y + u), body.subarray(y + u)] };
  }

  async close(): Promise<void> {
    await this.#send("DELETE", new Uint8Array());
  }

  async #send(method: string, data: Uint8Array) {
    const call = request({ ...this.#options, method });
    call.end(data);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    return { statusCode: response.statusCode, headers: response.headers, body: await bodyOf(response) };
  }
}

export interface DecoderServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startDecoderServer(): Promise<DecoderServer> {
  const decoders = new Map<string, Decoder>();
  const server = createServer(async (call, response) => {
    const { url = "" } = call;
    const data = await bodyOf(call);
    const decoder = decoders.get(url) ?? new Decoder(url.startsWith("/av1/") ? "av1" : "vp9");
    decoders.set(url, decoder);
    if (call.method === "DELETE") {
      decoders.delete(url);
      decoder.close();
      response.end();
    } else answer(response, () => decoder.decode(data));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      for (const decoder of decoders.values()) decoder.close();
    },
  };
}

function answer(response: ServerResponse, decode: () => DecodedPicture): void {
  try {
    const { planes, ...description } = decode();
    const sizes = planes.map(({ length }) => length);
    response.setHeader(DESCRIPTION, JSON.stringify({ ...description, sizes }));
    response.end(Buffer.concat(planes));
  } catch (error) {
    response.writeHead(422).end(String(error));
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await message.toArray());
}
