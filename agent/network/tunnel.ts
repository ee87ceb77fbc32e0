/** A TCP connection to somewhere: straight, or through an HTTP proxy by CONNECT (RFC 9110 §9.3.6). */
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { NetworkError, type NetworkProblem, networkProblem } from "./problem.ts";
import { type HttpProxy, nameOf, type Target } from "./proxy.ts";

/** Rejects with a NetworkError, or with what the system says. */
export function connectStraight(to: Target, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, noDelay: true });
    const late = setTimeout(
      () => socket.destroy(new NetworkError("NO_ANSWER", `no answer from ${nameOf(to)}`)),
      timeoutMs,
    );
    socket.once("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    socket.once("connect", () => {
      clearTimeout(late);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

/**
 * Always rejects with a NetworkError. The name of the target is the proxy's to resolve. User and password are sent only to a proxy that
 * asks for them (407): RFC 9110 §11.7.1.
 */
export async function connectThrough(proxy: HttpProxy, to: Target, timeoutMs: number): Promise<Socket> {
  const until = performance.now() + timeoutMs;
  try {
    return await ask({ ...proxy, credentials: undefined }, to, timeoutMs);
  } catch (error) {
    const isAsked = error instanceof NetworkError && error.problem === "PROXY_AUTHENTICATION";
    if (!isAsked || !proxy.credentials) throw error;
    return ask(proxy, to, Math.max(1, until - performance.now()));
  }
}

function ask(proxy: HttpProxy, to: Target, timeoutMs: number): Promise<Socket> {
  const [via, target] = [nameOf(proxy), nameOf(to)];
  return new Promise((resolve, reject) => {
    const asked = request({
      host: proxy.host,
      port: proxy.port,
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
      agent: false,
    });
    let reached = false;
    const late = setTimeout(() => {
      const problem: NetworkProblem = reached ? "PROXY_FAILED" : "PROXY_UNREACHABLE";
      asked.destroy(new NetworkError(problem, `no answer from the proxy ${via}`));
    }, timeoutMs);
    asked.once("socket", (socket) => socket.once("connect", () => (reached = true)));
    asked.once("close", () => clearTimeout(late));
    asked.once("connect", (response, socket: Socket, head) => {
      clearTimeout(late);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        socket.setNoDelay(true);
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      return reject(new NetworkError(problemOf(status), `the proxy ${via} answered ${status} for ${target}`));
    });
    asked.once("error", (error) => {
      if (error instanceof NetworkError) return reject(error);
      const problem = reached ? "PROXY_FAILED" : "PROXY_UNREACHABLE";
      return reject(
        new NetworkError(problem, `proxy ${via}: ${error.message || networkProblem(error)}`, { cause: error }),
      );
    });
    asked.end();
  });
}

function problemOf(status: number): NetworkProblem {
  if (status === 407 || status === 401) return "PROXY_AUTHENTICATION"; // tinyproxy answers 401 to a wrong password
  return status >= 400 && status < 500 ? "PROXY_FORBIDDEN" : "PROXY_FAILED";
}

/** RFC 7617 */
function authorization({ credentials }: HttpProxy): Record<string, string> {
  if (!credentials) return {};
  const { user, password } = credentials;
  return { "proxy-authorization": `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}` };
}
