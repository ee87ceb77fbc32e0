/** One POST of JSON to the server, whose certificate must come from the one CA we know. */
import { request } from "node:https";

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface PostAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** Rejects when there is no answer, a wrong certificate, or what comes is not JSON. */
export function post(url: URL, ca: string, body: object): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const options = { method: "POST", ca, minVersion: "TLSv1.3", headers, timeout: TIMEOUT_MS } as const;
    const sent = request(url, options, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        answer += part;
        if (answer.length > MAX_ANSWER_BYTES) response.destroy(new Error("the server's answer is too long"));
      });
      response.on("error", reject);
      response.on("end", () => {
        try {
          resolve({ status: response.statusCode ?? 0, json: JSON.parse(answer) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", (error) => reject(new Error(`${url.host}: ${error.message}`, { cause: error })));
    sent.end(text);
  });
}
