/**
 * One JSON object a line, both ways, over a socket that it takes over. Whoever says what the schema does not know, a line
 * too long, nothing for too long, or does not read, is closed. Everything said is ASCII.
 */
import type { Socket } from "node:net";
import type { z } from "zod";

export interface JsonLinesOptions<In> {
  readonly socket: Socket;
  readonly schema: z.ZodType<In>;
  readonly maxLineBytes: number;
  /** May wait for the other to read it. */
  readonly maxQueueBytes: number;
  readonly silenceMs: number;
  readonly onMessage: (message: In) => void;
  /** Once. `reason`: why we closed it, in words; undefined when the other did. */
  readonly onClosed: (reason: string | undefined) => void;
}

const NEWLINE = "\n";

export class JsonLines<In, Out extends object> {
  readonly #options: JsonLinesOptions<In>;
  readonly #silence: NodeJS.Timeout;
  #rest = "";
  #closed = false;

  constructor(options: JsonLinesOptions<In>) {
    this.#options = options;
    const { socket } = options;
    this.#silence = setTimeout(() => this.close("nothing was said for too long"), options.silenceMs);
    socket.on("error", () => {}); // "close" follows
    socket.once("close", () => this.close());
    socket.once("end", () => this.close());
    socket.on("data", (chunk: Buffer) => this.#take(chunk.toString("latin1")));
  }

  send(message: Out): void {
    const { socket, maxQueueBytes } = this.#options;
    if (this.#closed) return;
    if (socket.writableLength > maxQueueBytes) this.close("it does not read");
    else socket.write(`${JSON.stringify(message)}${NEWLINE}`);
  }

  /** Idempotent. */
  close(reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#options.socket.destroy();
    this.#options.onClosed(reason);
  }

  #take(text: string): void {
    if (this.#closed) return;
    this.#silence.refresh();
    const lines = (this.#rest + text).split(NEWLINE);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#closed) return;
      const message = line.length > this.#options.maxLineBytes ? undefined : parse(this.#options.schema, line);
      if (message === undefined) this.close("a line was not understood");
      else this.#options.onMessage(message);
    }
    if (this.#rest.length > this.#options.maxLineBytes) this.close("a line was too long");
  }
}

function parse<In>(schema: z.ZodType<In>, line: string): In | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
