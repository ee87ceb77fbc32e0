/** One POST of JSON to the server, whose certificate must come from a CA we trust. */
import { request } from "node:https";
import type { Network } from "../network/network.ts";
import { networkWords } from "../network/problem.ts";

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface PostAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** `ca`: the one pinned at enrolment. Rejects when there is no answer, a wrong certificate, or what comes is not JSON. */
export function post(
  { network, ca }: { network: Network; ca: string | undefined },
  url: URL,
  body: object,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const trust = { agent: network.agent, ca: network.trusted(ca), minVersion: "TLSv1.3" } as const;
    const sent = request(url, { method: "POST", ...trust, headers, timeout: TIMEOUT_MS }, (response) => {
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
    sent.on("error", (error) => reject(new Error(`${url.host}: ${networkWords(error)}`, { cause: error })));
    sent.end(text);
  });
}
