/** The checker of the chaos runs: a good history passes, and each invariant has one that breaks it. */
import { describe, expect, test } from "vitest";
import { check, INVARIANTS, type Store } from "../bench/chaos/check.ts";
import { figuresOf } from "../bench/chaos/figures.ts";
import type { Happening, Line } from "../bench/chaos/history.ts";
import { type NemesisOptions, planOf, possible } from "../bench/chaos/nemesis.ts";
import { around } from "../bench/chaos/report.ts";

const PC = "K7QM-2Z9P-X4TD";
const S = 1_000;
type Timed = readonly [seconds: number, Happening];

const linesOf = (...timed: readonly Timed[]): Line[] =>
  timed.map(([seconds, what]) => ({ at: seconds * S, ...what })).sort((a, b) => a.at - b.at);

const signIn = (op: number, code: number, phase: "asked" | "done", login = "tanaka"): Happening => ({
  ...{ kind: "sign-in", op, login, code, phase },
});
const enrol = (op: number, token: string, phase: "asked" | "done" | "refused"): Happening => ({
  ...{ kind: "enrol", op, token, phase },
});
const pc = (
  what: Extract<Happening, { kind: "pc" }>["what"],
  more: Partial<Extract<Happening, { kind: "pc" }>> = {},
): Happening => ({
  ...{ kind: "pc", terminal: PC, what, ...(what !== "up" && what !== "down" && { session: "s1", login: "tanaka" }) },
  ...more,
});
const page = (
  what: Extract<Happening, { kind: "page" }>["what"],
  more: Partial<Extract<Happening, { kind: "page" }>> = {},
): Happening => ({ kind: "page", login: "tanaka", what, session: "s1", ...more });
const act = (
  name: Extract<Happening, { kind: "act" }>["act"],
  phase: "asked" | "done",
  more: Partial<Extract<Happening, { kind: "act" }>> = {},
): Happening => ({ kind: "act", op: 7, act: name, phase, login: "suzuki", ...more });
const fault = (
  kind: Extract<Happening, { kind: "fault" }>["fault"],
  phase: "begin" | "end" | "ready",
  of = 0,
): Happening => ({ kind: "fault", fault: kind, of, phase });

/** A person signs in, works, ends; a PC is enrolled; somebody else is signed out; a node is killed meanwhile. */
const GOOD: readonly Timed[] = [
  [0, pc("up")],
  [1, signIn(1, 100, "asked")],
  [1.1, signIn(1, 100, "done")],
  [2, page("asks", { terminal: PC, session: undefined })],
  [2.1, page("opened", { terminal: PC })],
  [2.2, pc("open")],
  [2.5, pc("live")],
  [10, fault("kill", "begin")],
  [10.1, pc("down")],
  [11, fault("kill", "end")],
  [12, fault("kill", "ready")],
  [13, pc("up")],
  [20, page("ends", { reason: "viewer-left" })],
  [20.1, pc("end", { reason: "viewer-left", by: "server" })],
  [20.1, page("heard", { reason: "viewer-left" })],
  [21, enrol(2, "NEW1", "asked")],
  [21, enrol(3, "NEW1", "asked")],
  [21.2, enrol(2, "NEW1", "done")],
  [21.3, enrol(3, "NEW1", "refused")],
  [22, act("person.sign-out", "asked")],
  [22.1, act("person.sign-out", "done")],
];
const STORE: Store = {
  audit: [
    { event: "sign-in.accepted", actor: "person:tanaka", about: {} },
    { event: "session.requested", actor: "person:tanaka", about: { session: "s1" } },
    { event: "session.ended", actor: "server", about: { session: "s1", reason: "viewer-left" } },
    { event: "terminal.enrolled", actor: "terminal:NEW1", about: { terminal: "NEW1" } },
    { event: "person.signed-out", actor: "administrator:it", about: { login: "suzuki" } },
  ],
  open: [],
  verdict: { ok: true, broken: [] },
};
const found = (lines: readonly Line[], store: Store = STORE, nodes = 1) =>
  check(lines, store, { nodes }).map(({ invariant }) => invariant);
const without = (event: string): Store => ({ ...STORE, audit: STORE.audit.filter((record) => record.event !== event) });
const ended = (reason: string): Store => ({
  ...STORE,
  audit: STORE.audit.map((record) =>
    record.event === "session.ended" ? { ...record, about: { session: "s1", reason } } : record,
  ),
});
/** The same, but for what happens at these moments. */
const but = (at: readonly number[], ...others: readonly Timed[]) =>
  linesOf(...GOOD.filter(([seconds]) => !at.includes(seconds)), ...others);

test("a good history breaks nothing", () => expect(found(linesOf(...GOOD))).toEqual([]));

const BAD: Readonly<Record<(typeof INVARIANTS)[number], readonly [string, () => unknown[]][]>> = {
  "code-once": [
    [
      "a code that opened two",
      () => found(linesOf(...GOOD, [3, signIn(9, 100, "asked")], [3.1, signIn(9, 100, "done")])),
    ],
    [
      "a second one on record whose answer nobody heard",
      () => found(linesOf(...GOOD), { ...STORE, audit: [...STORE.audit, ...STORE.audit.slice(0, 1)] }),
    ],
  ],
  "token-once": [
    ["a token that enrolled two", () => found(but([21.3], [21.3, enrol(3, "NEW1", "done")]))],
    [
      "two enrolments on record",
      () => found(linesOf(...GOOD), { ...STORE, audit: [...STORE.audit, ...STORE.audit.slice(3, 4)] }),
    ],
  ],
  "one-controller": [
    [
      "two in control",
      () => found(linesOf(...GOOD, [4, pc("open", { session: "s2" })], [5, pc("live", { session: "s2" })])),
    ],
    [
      "a PC that was given to a second person",
      () => found(but([20, 20.1], [14, pc("in-use", { session: "s2", login: "sato" })])),
    ],
  ],
  revoked: [
    [
      "a session that went on 10 s after its person was signed out",
      () =>
        found(
          but(
            [22, 22.1],
            [3, act("person.sign-out", "asked", { login: "tanaka" })],
            [3.1, act("person.sign-out", "done", { login: "tanaka" })],
            [9, pc("up")],
            [40, pc("up")],
          ).filter(({ at }) => at < 10 * S || at > 13 * S),
        ),
    ],
    [
      "a session that was opened after the lock",
      () =>
        found(
          linesOf(
            ...GOOD,
            ...([
              [50, act("lock.add", "asked")],
              [51, act("lock.add", "done")],
              [60, pc("open", { session: "s2", login: "suzuki" })],
            ] as Timed[]),
            [90, pc("end", { session: "s2", login: "suzuki", reason: "viewer-left", by: "server" })],
          ),
        ),
    ],
  ],
  "start-has-end": [
    ["a session without an end", () => found(linesOf(...GOOD), { ...without("session.ended"), open: ["s1"] })],
    ["an end that is not on record", () => found(linesOf(...GOOD), without("session.ended"))],
    ["an end for a reason that nobody gave", () => found(linesOf(...GOOD), ended("agent-left"))],
    ["the clock as a reason", () => found(linesOf(...GOOD), ended("resume-expired"))],
  ],
  picture: [
    [
      "a picture that ended with the server's death",
      () => found(but([20, 20.1], [14, pc("end", { reason: "unconfirmed", by: "server" })]), ended("unconfirmed")),
    ],
  ],
  acknowledged: [
    ["a sign-in that is lost", () => found(linesOf(...GOOD), without("sign-in.accepted"))],
    ["a revocation that is lost", () => found(linesOf(...GOOD), without("person.signed-out"))],
    ["an enrolment that is lost", () => found(linesOf(...GOOD), without("terminal.enrolled"))],
    ["a session that is lost", () => found(linesOf(...GOOD), without("session.requested"))],
  ],
  chain: [
    [
      "a broken chain",
      () => found(linesOf(...GOOD), { ...STORE, verdict: { ok: false, broken: ["a record is missing"] } }),
    ],
  ],
  back: [["an office PC that is not back in time", () => found(but([13], [21.5, pc("up")]), STORE, 2)]],
  crash: [["a process that ended by itself", () => found(linesOf(...GOOD, [5, { kind: "crash", what: "node 0" }]))]],
  work: [["nobody who signed in", () => found(but([1.1]), without("sign-in.accepted"))]],
};

describe.each(INVARIANTS)("%s", (invariant) => {
  test.each(BAD[invariant])("is broken by %s", (_words, broken) => expect(broken()).toContain(invariant));
});

test("a revocation has its 10 s from when the office PC is within reach again", () => {
  const cut: Timed[] = [
    [3, act("session.end", "asked", { session: "s1" })],
    [3.1, act("session.end", "done", { session: "s1" })],
    [3.2, fault("cut-agents", "begin")],
    [19, fault("cut-agents", "ready")],
  ];
  expect(found(linesOf(...GOOD, ...cut))).not.toContain("revoked");
});

test("a page whose sign-in an administrator ended is not waited for after a kill", () => {
  const down: Timed = [10.2, page("down", { session: undefined })];
  expect(found(linesOf(...GOOD, down), STORE, 2)).toContain("back");
  const barred: Timed = [10.1, act("device.remove", "asked", { login: "tanaka" })];
  expect(found(linesOf(...GOOD, down, barred), STORE, 2)).not.toContain("back");
});

test("who has nobody else to be back at is not counted", () => {
  const late = but([13], [24, pc("up")]);
  expect(found(late, STORE, 1)).not.toContain("back");
});

test("an office PC that was away for so long that it was given up ends by itself meanwhile, and comes back in time otherwise", () => {
  const backAt = (seconds: number) =>
    but([13, 20, 20.1], [60, pc("end", { reason: "resume-expired", by: "itself" })], [seconds, pc("up")]);
  expect(found(backAt(120), ended("unconfirmed"))).not.toContain("start-has-end");
  expect(found(backAt(70), ended("unconfirmed"))).toContain("start-has-end");
});

test("what an office PC ended unheard its person may still end at the server, until it is heard", () => {
  const signedOut = (backAt: number) =>
    but(
      [13, 20, 20.1],
      [20, pc("end", { reason: "negotiation-timeout", by: "itself" })],
      [30, page("signs-out")],
      [backAt, pc("up")],
    );
  expect(found(signedOut(40), ended("signed-out"))).not.toContain("start-has-end");
  expect(found(signedOut(21), ended("signed-out"))).toContain("start-has-end");
});

test("the history around what is wrong names what it is about, and the faults", () => {
  const told = around(linesOf(...GOOD), { invariant: "picture", words: "", at: 12 * S, about: ["s1"] });
  expect(told.some((line) => line.includes("what=live"))).toBe(true);
  expect(told.some((line) => line.includes("fault=kill"))).toBe(true);
  expect(told.some((line) => line.includes("sign-in"))).toBe(false);
});

test("the figures count what happened, not what was asked for", () => {
  expect(figuresOf(linesOf(...GOOD))).toEqual({
    ...{
      faults: { kill: 1 },
      signIns: 1,
      signInsUnknown: 0,
      pictures: 1,
      revocations: 1,
      enrolments: 1,
      backSeconds: 1,
    },
  });
});

const NEMESIS: NemesisOptions = {
  ...{ seed: 5, nodes: 2, store: "postgres", forMs: 600_000, longestMs: 15_000, longestDownMs: 4_000 },
  wellMs: { least: 2_000, most: 5_000 },
};

test("a seed is a plan, and another seed another one", () => {
  expect(planOf(NEMESIS)).toEqual(planOf({ ...NEMESIS }));
  expect(planOf({ ...NEMESIS, seed: 6 })).not.toEqual(planOf(NEMESIS));
});

test("every fault that is possible comes, within its time and in its bounds; a single node on a file has no network behind it", () => {
  const plan = planOf(NEMESIS);
  expect(new Set(plan.map((one) => one.fault))).toEqual(new Set(possible(NEMESIS)));
  expect(Math.max(...plan.map(({ atMs, lastsMs }) => atMs + lastsMs))).toBeLessThanOrEqual(NEMESIS.forMs);
  expect(Math.max(...plan.map(({ lastsMs }) => lastsMs))).toBeLessThanOrEqual(NEMESIS.longestMs);
  expect(new Set(plan.map(({ of }) => of))).toEqual(new Set([0, 1]));
  expect(possible({ nodes: 1, store: "sqlite" })).not.toContain("cut-database");
});
