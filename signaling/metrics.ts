/** Figures for Prometheus, served on the inside listener. Labels come from short fixed lists: never a person, a terminal or an address. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

export interface Metrics {
  /** One answered HTTP request. */
  request(listener: "outside" | "inside", status: number): void;
  signIn(result: "accepted" | "refused" | "throttled" | "busy"): void;
  /** A figure that is read when somebody asks, e.g. sockets that are open. */
  gauge(name: string, help: string, read: () => number): void;
  readonly contentType: string;
  /** The text format of Prometheus. */
  text(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "engawa_http_requests_total",
    help: "Answered HTTP requests",
    labelNames: ["listener", "status"],
    registers,
  });
  const signIns = new Counter({
    name: "engawa_sign_ins_total",
    help: "Attempts to sign in",
    labelNames: ["result"],
    registers,
  });
  return {
    request: (listener, status) => requests.inc({ listener, status: `${Math.floor(status / 100)}xx` }),
    signIn: (result) => signIns.inc({ result }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
