/** Figures for Prometheus, served on the monitoring listener. Labels come from short fixed lists: never a person, a terminal or an address. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { newCounters, OPEN_NOW } from "./edge/limits.ts";

export interface Metrics {
  /** One answered HTTP request. */
  request(listener: "outside" | "console" | "inside" | "monitoring", status: number): void;
  signIn(result: "accepted" | "refused" | "throttled" | "busy"): void;
  /** Somebody asked for a code by mail, whatever came of it. */
  mailCodeAsked(): void;
  mail(result: "sent" | "failed"): void;
  /** A figure that is read when somebody asks, e.g. sockets that are open. */
  gauge(name: string, help: string, read: () => number): void;
  /** Everything an edge counts; `listener` is one of a few fixed names. Call it once for each edge. */
  edge(listener: string, read: () => Readonly<Record<string, number>>): void;
  /** Edges of their own that have joined at that listener. Call it once for each. */
  edgesJoined(listener: string, read: () => number): void;
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
  const mailCodes = new Counter({
    name: "engawa_mail_codes_asked_total",
    help: "Requests for a code by mail, whatever came of them",
    registers,
  });
  const mails = new Counter({
    name: "engawa_mails_total",
    help: "Mails that were given to the mail server, or could not be",
    labelNames: ["result"],
    registers,
  });
  return {
    request: (listener, status) => requests.inc({ listener, status: `${Math.floor(status / 100)}xx` }),
    signIn: (result) => signIns.inc({ result }),
    mailCodeAsked: () => mailCodes.inc(),
    mail: (result) => mails.inc({ result }),
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
    edge: edgeFigures(registers),
    edgesJoined: joinedFigure(registers),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/** Each figure has one metric, with a label for whose it is. Which there are is known before an edge of its own has told any. */
function edgeFigures(registers: Registry[]): Metrics["edge"] {
  const edges = new Map<string, () => Readonly<Record<string, number>>>();
  const addMetric = (key: string): void => {
    const name = `engawa_edge_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
    const about = { help: `The edge's counter ${key}`, labelNames: ["listener"], registers };
    if (OPEN_NOW.includes(key))
      new Gauge({
        ...about,
        name,
        collect() {
          for (const [listener, figures] of edges) this.set({ listener }, figures()[key] ?? 0);
        },
      });
    else
      new Counter({
        ...about,
        name: `${name}_total`,
        collect() {
          this.reset();
          for (const [listener, figures] of edges) this.inc({ listener }, figures()[key] ?? 0);
        },
      });
  };
  return (listener, read) => {
    edges.set(listener, read);
    if (edges.size === 1) for (const key of Object.keys(newCounters())) addMetric(key);
  };
}

function joinedFigure(registers: Registry[]): Metrics["edgesJoined"] {
  const joined = new Map<string, () => number>();
  return (listener, read) => {
    joined.set(listener, read);
    if (joined.size > 1) return;
    new Gauge({
      name: "engawa_edges_joined",
      help: "Edges of their own that are told of sessions",
      labelNames: ["listener"],
      registers,
      collect() {
        for (const [of, count] of joined) this.set({ listener: of }, count());
      },
    });
  };
}
