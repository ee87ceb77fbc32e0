/** A browser-like client of the console of a running product: TLS by its CA, the headers a page sends, and a device key. */
import { readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import { ChallengeResponse } from "../../signaling/protocol/api.ts";
import { Login } from "../../signaling/protocol/ids.ts";
import { signInText } from "../../signaling/protocol/signed.ts";
import { makeDevice, type TestDevice } from "./store.ts";

export interface ConsoleAnswer {
  readonly status: number;
  readonly json: unknown;
}

export class ConsoleClient {
  readonly device: TestDevice;
  readonly #origin: string;
  readonly #ca: Buffer;
  #cookie = "";

  private constructor(origin: string, caFile: string, device: TestDevice) {
    this.#origin = origin;
    this.#ca = readFileSync(caFile);
    this.device = device;
  }

  /** `origin`: https://HOST:PORT. With a device key that nobody knows yet. */
  static async open(origin: string, caFile: string): Promise<ConsoleClient> {
    return new ConsoleClient(origin, caFile, await makeDevice());
  }

  async signIn(who: { login: string; password: string; code: string }): Promise<ConsoleAnswer> {
    const { challenge } = ChallengeResponse.parse((await this.ask("POST", "/api/sign-in/challenge", {})).json);
    const login = Login.parse(who.login);
    const signature = await this.device.sign(
      signInText({ challenge, origin: this.#origin, login, organisation: undefined }),
    );
    return this.ask("POST", "/api/sign-in", { ...who, deviceKey: this.device.publicKey, challenge, signature });
  }

  ask(method: string, path: string, body?: object): Promise<ConsoleAnswer> {
    const headers = {
      ...{ Origin: this.#origin, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json" },
      ...(this.#cookie && { Cookie: this.#cookie }),
    };
    const options: RequestOptions = { method, headers, ca: this.#ca, agent: false };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#origin}${path}`, options, (response) => {
        const [set] = response.headers["set-cookie"] ?? [];
        this.#cookie = set?.split(";")[0] ?? this.#cookie;
        text(response).then((said) => {
          resolve({ status: response.statusCode ?? 0, json: said === "" ? undefined : JSON.parse(said) });
        }, reject);
      });
      sent.on("error", reject);
      sent.end(body && JSON.stringify(body));
    });
  }
}
