/** Figures for Prometheus, served on the monitoring listener. Labels come from short fixed lists: never a person, a terminal or an address. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { OPEN_NOW } from "./edge/limits.ts";

export interface Metrics {
  /** One answered HTTP request. */
  request(listener: "outside" | "console" | "inside" | "monitoring", status: number): void;
  signIn(result: "accepted" | "refused" | "throttled" | "busy"): void;
  /** A figure that is read when somebody asks, e.g. sockets that are open. */
  gauge(name: string, help: string, read: () => number): void;
  /** Everything an edge counts; `listener` is one of a few fixed names. Call it once for each edge. */
  edge(listener: string, read: () => Readonly<Record<string, number>>): void;
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
  const edges = new Map<string, () => Readonly<Record<string, number>>>();
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
    edge(listener, read) {
      edges.set(listener, read);
      for (const key of edges.size === 1 ? Object.keys(read()) : []) {
        const isGauge = OPEN_NOW.includes(key);
        const name = `engawa_edge_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
        const help = `The edge's counter ${key}`;
        if (isGauge)
          new Gauge({
            name,
            help,
            labelNames: ["listener"],
            registers,
            collect() {
              for (const [of, figures] of edges) this.set({ listener: of }, figures()[key] ?? 0);
            },
          });
        else
          new Counter({
            name: `${name}_total`,
            help,
            labelNames: ["listener"],
            registers,
            collect() {
              this.reset();
              for (const [of, figures] of edges) this.inc({ listener: of }, figures()[key] ?? 0);
            },
          });
      }
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
