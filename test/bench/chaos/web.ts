/** HTTPS as a browser speaks it to the server, from an address of its own. */
import { Agent, request } from "node:https";
import { TIMEOUT_MS } from "../../../signaling/client/early.ts";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly cookie: string | undefined;
}

export class Browser {
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #address: string | undefined;
  readonly #own: Readonly<Record<string, string>>;

  /** `isProgram`: no browser, but a program of an office PC. */
  constructor(o: {
    readonly origin: string;
    readonly ca: string;
    readonly address?: string | undefined;
    readonly isProgram?: boolean;
  }) {
    this.#origin = o.origin;
    this.#own = { "content-type": "application/json", ...(!o.isProgram && { origin: o.origin }) };
    this.#address = o.address;
    this.#agent = new Agent({ ca: o.ca, keepAlive: true });
  }

  /** Rejects where no answer came. */
  post(path: string, body: object, cookie?: string): Promise<Reply> {
    const headers = { ...this.#own, ...(cookie !== undefined && { cookie }) };
    const from = this.#address === undefined ? {} : { localAddress: this.#address };
    return new Promise((resolve, reject) => {
      const options = { method: "POST", agent: this.#agent, headers, ...from };
      const asked = request(new URL(path, this.#origin), options, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const set = response.headers["set-cookie"]?.[0]?.split(";")[0];
          resolve({ status: response.statusCode ?? 0, body: jsonOf(text), cookie: set });
        });
      });
      asked.on("error", reject);
      asked.setTimeout(TIMEOUT_MS, () => asked.destroy(new Error("no answer")));
      asked.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code of a refusal. */
export const codeOf = ({ body }: Reply): string => String((body as { code?: unknown } | undefined)?.code ?? "?");
