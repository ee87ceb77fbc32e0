/** A convention worth having is a test: who may import whom, one door per library, no cycles, no shell. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { functionsOf } from "./support/functions.ts";

const FOLDERS = ["signaling", "agent", "viewer", "turn-config"];
const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
).filter((path) => /\.tsx?$/.test(path) && !path.includes("node_modules") && !path.includes("dist"));

const read = (file: string): string => readFileSync(file, "utf8");

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
  "@holiday-jp/holiday_jp": ["signaling/organisations/holidays.ts"],
  kysely: ["signaling/store/"],
  nodemailer: ["signaling/mail/mails.ts"],
  "node:sqlite": ["signaling/store/sqlite.ts"],
  ws: ["signaling/doors/websocket.ts", "agent/server/link.ts"],
  pg: ["signaling/postgres/"],
  "prom-client": ["signaling/metrics.ts"],
  vite: ["viewer/vite.config.ts", "signaling/console/page/vite.config.ts", "agent/windows/build/bundle.ts"],
  preact: ["signaling/console/page/"],
  "preact/hooks": ["signaling/console/page/"],
  uplot: ["signaling/console/page/today/large-chart.tsx"],
  pino: ["signaling/log.ts", "agent/log.ts"],
};
/** what another top-level folder may import */
const SHARED = ["signaling/protocol/", "signaling/client/"];
/** signaling's quickstart starts the whole product, the relay's configuration included; the agent's doctor talks to the relay as its checker does */
const ALLOWED = [
  ["signaling/quickstart/", "turn-config/"],
  ["agent/cli/relay-doctor.ts", "turn-config/probe.ts"],
] as const;

/** Modules that belong to no room: the ground that all stand on, or the top that puts all together. */
const LONE = new Set([...FOLDERS, "agent/windows"]);
const roomOf = (file: string): string => (LONE.has(dirname(file)) ? file : dirname(file));

/**
 * Who may reach what runs in the desktop process alone. The agent's network process loads no native code on Linux. On Windows
 * a service cannot be one without it (the service control manager, the pipe to the helper and its access list), so `windows/`
 * may; and what an administrator runs by hand (`cli/`) looks at the screen itself. Of settings, one file reads the registry.
 */
const WALLS: Record<string, string[]> = {
  "agent/screen/": ["agent/screen/", "agent/cli/"],
  "agent/native/": ["agent/screen/", "agent/native/", "agent/cli/", "agent/windows/", "agent/settings/policy.ts"],
};

/** Decides and computes, and touches nothing: no packages, nothing of Node's. */
const PURE = (file: string): boolean => file.startsWith("agent/sending/") || file.endsWith("-state.ts");

/** More than one head holds. */
const MAX_LINES = 400;

/** A function that is longer says why, in a comment above it: `// long: reason`. */
const MAX_FUNCTION_LINES = 60;

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

  test("no cycles of rooms", () => {
    const rooms = new Map<string, Set<string>>();
    for (const [file, tos] of imports) {
      const room = roomOf(file);
      const reached = rooms.get(room) ?? new Set();
      rooms.set(room, reached);
      for (const to of tos) if (imports.has(to) && roomOf(to) !== room) reached.add(roomOf(to));
    }
    const done = new Set<string>();
    const visit = (room: string, path: string[]): string[] => {
      if (path.includes(room)) return [[...path.slice(path.indexOf(room)), room].join(" -> ")];
      if (done.has(room)) return [];
      const found = [...(rooms.get(room) ?? [])].flatMap((to) => visit(to, [...path, room]));
      done.add(room);
      return found;
    };
    expect([...rooms.keys()].flatMap((room) => visit(room, []))).toEqual([]);
  });

  test("what reads the screen and what calls the system is reached from its own process only", () => {
    const trespasses = [...imports].flatMap(([file, tos]) =>
      Object.entries(WALLS).flatMap(([room, from]) =>
        tos
          .filter((to) => to.startsWith(room) && !from.some((allowed) => file.startsWith(allowed)))
          .map((to) => `${file} -> ${to}`),
      ),
    );
    expect(trespasses).toEqual([]);
  });

  /** Types left out: what is loaded when this file runs. */
  const loads = (file: string): string[] =>
    [...read(file).matchAll(/(?:^(?:import|export) (?!type\b)[^;]*?|\bimport\()"([^"]+)"/gm)].map(([, to = ""]) =>
      to.startsWith(".") ? normalize(join(dirname(file), to)) : to,
    );

  test("the desktop process loads no schemas: zod takes megabytes of its memory", () => {
    const loaded = new Set(["agent/screen/main.ts"]);
    for (const file of loaded) if (imports.has(file)) for (const to of loads(file)) loaded.add(to);
    expect(loaded).toContain("agent/desktop/reports.ts");
    expect(loaded).toContain("koffi");
    expect([...loaded].filter((file) => file === "zod")).toEqual([]);
  });

  test("state machines and the plan of sending touch nothing", () => {
    const pure = [...imports].filter(([file]) => PURE(file));
    expect(pure.length).toBeGreaterThan(10);
    const outside = pure.flatMap(([file, tos]) =>
      tos.filter((to) => !to.includes("/")).map((to) => `${file} -> ${to}`),
    );
    expect(outside).toEqual([]);
    const timers = pure
      .map(([file]) => file)
      .filter((file) => /\b(setTimeout|setInterval|setImmediate)\(/.test(read(file)));
    expect(timers).toEqual([]);
  });

  test("no file is longer than one head holds", () => {
    const long = files.filter((file) => read(file).split("\n").length > MAX_LINES + 1);
    expect(long).toEqual([]);
  });

  test("no function is longer than one screen without a reason", () => {
    const long = files.flatMap((file) => {
      const text = read(file);
      const rows = text.split("\n");
      return functionsOf(file, text)
        .filter(({ line, lines }) => lines > MAX_FUNCTION_LINES && !isExplained(rows, line))
        .map(({ name }) => `${file} ${name}`);
    });
    expect(long).toEqual([]);
  });

  test("no program is started through a shell", () => {
    const shells = files.filter((file) =>
      /\bexecSync\(|(?<!\.)\bexec\(\s*[`"']|shell:\s*true/.test(readFileSync(file, "utf8")),
    );
    expect(shells).toEqual([]);
  });
});

/** Whether one of the comment lines right above this line (from 1) gives the reason for its length. */
function isExplained(rows: readonly string[], line: number): boolean {
  const above = rows.slice(0, line - 1).toReversed();
  const end = above.findIndex((row) => !/^\s*(\/\/|\/\*\*|\*)/.test(row));
  return above.slice(0, end).some((row) => /^\s*\/\/ long: \S/.test(row));
}
