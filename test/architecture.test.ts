/** A convention worth having is a test: who may import whom, one door per library, no cycles, no shell. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const FOLDERS = ["signaling", "agent", "viewer", "turn-config"];
const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
).filter((path) => path.endsWith(".ts") && !path.includes("node_modules") && !path.includes("dist"));

/** file → the files and packages it imports, type-only imports included */
const imports = new Map(
  files.map((file) => [
    file,
    [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, to = ""]) =>
      to.startsWith(".") ? normalize(join(dirname(file), to)) : to,
    ),
  ]),
);

/** package → the only files (or folder, with a slash at its end) that may import it */
const DOORS: Record<string, string[]> = {
  werift: ["agent/peer/"],
  "simple-peer": ["viewer/session/peer.ts"],
  "simple-peer/simplepeer.min.js": ["viewer/session/peer.ts"],
  otplib: ["signaling/auth/totp.ts"],
  "@node-rs/argon2": ["signaling/auth/password.ts"],
  "rate-limiter-flexible": ["signaling/auth/throttle.ts"],
  koffi: ["agent/native/"],
  "pac-resolver": ["agent/network/pac-thread.ts"],
  "quickjs-wasi": ["agent/network/pac-thread.ts"],
  kysely: ["signaling/store/"],
  "node:sqlite": ["signaling/store/sqlite.ts"],
  ws: ["signaling/doors/websocket.ts", "agent/server/link.ts"],
  "prom-client": ["signaling/metrics.ts"],
  vite: ["viewer/vite.config.ts", "agent/windows/build/bundle.ts"],
  pino: ["signaling/log.ts", "agent/log.ts"],
};
/** what another top-level folder may import */
const SHARED = ["signaling/protocol/", "signaling/client/"];
/** signaling's quickstart starts the whole product, the relay's configuration included; the agent's doctor talks to the relay as its checker does */
const ALLOWED = [
  ["signaling/quickstart/", "turn-config/"],
  ["agent/cli/relay-doctor.ts", "turn-config/probe.ts"],
] as const;

describe("architecture", () => {
  test("there is something to check", () => expect(files.length).toBeGreaterThan(20));

  test("folders meet only in the shared ones", () => {
    const trespasses = [...imports].flatMap(([file, tos]) =>
      tos
        .filter(
          (to) => FOLDERS.some((folder) => to.startsWith(`${folder}/`)) && to.split("/")[0] !== file.split("/")[0],
        )
        .filter((to) => !SHARED.some((shared) => to.startsWith(shared)))
        .filter((to) => !ALLOWED.some(([from, into]) => file.startsWith(from) && to.startsWith(into)))
        .map((to) => `${file} -> ${to}`),
    );
    expect(trespasses).toEqual([]);
  });

  test("the protocol and the client half import nothing of the rest", () => {
    const trespasses = [...imports].flatMap(([file, tos]) =>
      SHARED.some((shared) => file.startsWith(shared))
        ? tos
            .filter((to) => to.includes("/") && !to.startsWith("signaling/protocol/") && !file.startsWith(dirname(to)))
            .map((to) => `${file} -> ${to}`)
        : [],
    );
    expect(trespasses).toEqual([]);
  });

  test("each library has one door", () => {
    const trespasses = [...imports].flatMap(([file, tos]) =>
      tos
        .filter((to) => DOORS[to]?.every((door) => (door.endsWith("/") ? !file.startsWith(door) : file !== door)))
        .map((to) => `${file} -> ${to}`),
    );
    expect(trespasses).toEqual([]);
  });

  test("no import cycles", () => {
    const done = new Set<string>();
    const visit = (file: string, path: string[]): string[] => {
      if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(" -> ")];
      if (done.has(file)) return [];
      const found = (imports.get(file) ?? []).flatMap((to) => visit(to, [...path, file]));
      done.add(file);
      return found;
    };
    expect(files.flatMap((file) => visit(file, []))).toEqual([]);
  });

  test("no program is started through a shell", () => {
    const shells = files.filter((file) =>
      /\bexecSync\(|(?<!\.)\bexec\(\s*[`"']|shell:\s*true/.test(readFileSync(file, "utf8")),
    );
    expect(shells).toEqual([]);
  });
});
