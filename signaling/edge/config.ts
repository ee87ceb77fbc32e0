/** The settings of an edge that runs as a process of its own. (Inside signaling, signaling's own settings hold.) */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { DEFAULT_CAPACITY, MAX_AGENTS, MAX_SESSIONS } from "./capacity.ts";
import { SIDES } from "./side.ts";

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be host:port")
  .transform((text) => {
    const at = text.lastIndexOf(":");
    return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65_535, "port above 65535");

const content = z.string().transform((file, context) => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    context.addIssue({ code: "custom", message: `cannot be read (${(error as NodeJS.ErrnoException).code})` });
    return z.NEVER;
  }
});

const count = (max: number, unlessSet: number) => {
  const words = `must be a whole number from 1 to ${max}`;
  return z
    .string()
    .regex(/^[1-9]\d{0,8}$/, words)
    .transform(Number)
    .refine((value) => value <= max, words)
    .default(unlessSet);
};

const isLoopback = (host: string) => host.startsWith("127.") || host === "::1";

const settings = (pem: z.ZodType<string | undefined>) =>
  z
    .object({
      ENGAWA_EDGE_SIDE: z.enum(SIDES).default("outside"),
      ENGAWA_EDGE_LISTEN: address,
      ENGAWA_EDGE_TLS_CERT: pem,
      ENGAWA_EDGE_TLS_KEY: pem,
      ENGAWA_EDGE_BALANCERS: z
        .string()
        .transform((text) => text.split(",").map((part) => part.trim()))
        .refine((addresses) => addresses.every((one) => isIP(one) !== 0), "must be IP addresses, separated by commas")
        .default([]),
      ENGAWA_EDGE_WEB: address,
      ENGAWA_EDGE_WEB_CA: content.optional(),
      ENGAWA_EDGE_WEB_NAME: z.string().min(1).optional(),
      ENGAWA_EDGE_TURN_UDP: address.refine(({ host }) => isIP(host) !== 0, "must be an address, not a name"),
      ENGAWA_EDGE_TAG_KEY_FILE: content.transform((text, context) => {
        const keys = text.split("\n").filter((line) => line.trim() !== "");
        const bytes = keys.map((line) => Buffer.from(line.trim(), "base64url"));
        if (bytes.length > 0 && bytes.every((key) => key.length === 32)) return bytes;
        context.addIssue({
          code: "custom",
          message: "holds no tag key (make it with signaling/edge/tag-key.ts --side)",
        });
        return z.NEVER;
      }),
      ENGAWA_CAPACITY_AGENTS: count(MAX_AGENTS, DEFAULT_CAPACITY.agents),
      ENGAWA_CAPACITY_SESSIONS: count(MAX_SESSIONS, DEFAULT_CAPACITY.sessions),
      ENGAWA_LOG_LEVEL: z.enum(["debug", "info", "warn"]).default("info"),
    })
    .refine((s) => s.ENGAWA_EDGE_WEB_CA !== undefined || isLoopback(s.ENGAWA_EDGE_WEB.host), {
      path: ["ENGAWA_EDGE_WEB_CA"],
      message: "signaling is on another host: its CA is needed, cookies must not cross the wire in the clear",
    });

const WithTls = settings(content);
/** Only on loopback may an edge do without, for the browser of the same machine. */
const Plain = settings(content.optional());

function isPlain({ ENGAWA_EDGE_LISTEN: listen, ENGAWA_EDGE_TLS_CERT: cert, ENGAWA_EDGE_TLS_KEY: key }: Environment) {
  return cert === undefined && key === undefined && isLoopback(address.safeParse(listen).data?.host ?? "");
}

type Environment = Record<string, string | undefined>;
export type EdgeConfig = z.infer<ReturnType<typeof settings>>;
export type EdgeConfigResult = { ok: true; config: EdgeConfig } | { ok: false; problems: string[] };

/** Reads the environment it is given; reports every problem at once. */
export function readEdgeConfig(environment: Environment): EdgeConfigResult {
  const result = (isPlain(environment) ? Plain : WithTls).safeParse(environment);
  if (result.success) return { ok: true, config: Object.freeze(result.data) };
  return { ok: false, problems: result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
}
