/** The settings of an edge that runs as a process of its own. (Inside signaling, signaling's own settings hold.) */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { DEFAULT_CAPACITY, MAX_SESSIONS } from "./capacity.ts";

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

const WHOLE_NUMBER = `must be a whole number from 1 to ${MAX_SESSIONS}`;

const isLoopback = (host: string) => host.startsWith("127.") || host === "::1";

const Settings = z
  .object({
    ENGAWA_EDGE_LISTEN: address,
    ENGAWA_EDGE_TLS_CERT: content,
    ENGAWA_EDGE_TLS_KEY: content,
    ENGAWA_EDGE_WEB: address,
    ENGAWA_EDGE_WEB_CA: content.optional(),
    ENGAWA_EDGE_WEB_NAME: z.string().min(1).optional(),
    ENGAWA_EDGE_TURN_UDP: address.refine(({ host }) => isIP(host) !== 0, "must be an address, not a name"),
    ENGAWA_EDGE_TAG_KEY_FILE: content.transform((text, context) => {
      const keys = text.split("\n").filter((line) => line.trim() !== "");
      const bytes = keys.map((line) => Buffer.from(line.trim(), "base64url"));
      if (bytes.length > 0 && bytes.every((key) => key.length === 32)) return bytes;
      context.addIssue({ code: "custom", message: "holds no tag key (make it with signaling/edge/tag-key.ts)" });
      return z.NEVER;
    }),
    ENGAWA_CAPACITY_SESSIONS: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, WHOLE_NUMBER)
      .transform(Number)
      .refine((value) => value <= MAX_SESSIONS, WHOLE_NUMBER)
      .default(DEFAULT_CAPACITY.sessions),
    ENGAWA_LOG_LEVEL: z.enum(["debug", "info", "warn"]).default("info"),
  })
  .refine((s) => s.ENGAWA_EDGE_WEB_CA !== undefined || isLoopback(s.ENGAWA_EDGE_WEB.host), {
    path: ["ENGAWA_EDGE_WEB_CA"],
    message: "signaling is on another host: its CA is needed, cookies must not cross the wire in the clear",
  });

export type EdgeConfig = z.infer<typeof Settings>;
export type EdgeConfigResult = { ok: true; config: EdgeConfig } | { ok: false; problems: string[] };

/** Reads the environment it is given; reports every problem at once. */
export function readEdgeConfig(environment: Record<string, string | undefined>): EdgeConfigResult {
  const result = Settings.safeParse(environment);
  if (result.success) return { ok: true, config: Object.freeze(result.data) };
  return { ok: false, problems: result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
}
