import { createHmac, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { IceServers, isIssuedName, parseSecrets, tagKey } from "../../signaling/edge/ice-servers.ts";
import { IceServer } from "../../signaling/protocol/ice-server.ts";

const secret = "a-secret-of-more-than-thirty-two-characters";
const session = randomUUID();
const to = { session, role: "viewer", attempt: 3, urls: ["turns:relay.example:443?transport=tcp"] } as const;

describe("TURN credentials", () => {
  test("are what the relay computes from the shared secret, and fit the wire", () => {
    const server = new IceServers({ secret, ttlMs: 60_000, now: () => 1_000_000 }).issue(to);
    expect(server.username).toMatch(new RegExp(`^1060:${session}\\.v\\.3\\.[\\w-]{16}$`));
    expect(server.credential).toBe(createHmac("sha1", secret).update(server.username).digest("base64"));
    expect(IceServer.parse(server)).toEqual(server);
  });

  test("have another name for each attempt, role and session", () => {
    const ice = new IceServers({ secret });
    const names = [to, { ...to, attempt: 4 }, { ...to, role: "agent" as const }, { ...to, session: randomUUID() }].map(
      (each) => ice.issue(each).username.split(":")[1],
    );
    expect(new Set(names).size).toBe(4);
  });

  test("are recognised until they expire, and by the secret of before a rotation", () => {
    let now = 5_000_000_000_000;
    const old = new IceServers({ secret, ttlMs: 60_000, now: () => now });
    const { username } = old.issue(to);
    const rotated = new IceServers({ secret: "another-secret", previous: [secret], now: () => now });
    expect([old.isIssued(username, "outside"), rotated.isIssued(username, "outside")]).toEqual([true, true]);
    expect(new IceServers({ secret: "another-secret", now: () => now }).isIssued(username, "outside")).toBe(false);
    now += 60_000;
    expect(old.isIssued(username, "outside")).toBe(true);
    now += 1;
    expect(old.isIssued(username, "outside")).toBe(false);
  });

  test("are not recognised when a letter is changed anywhere, or nothing like them comes", () => {
    const ice = new IceServers({ secret, now: () => 1_700_000_000_000 });
    const { username } = ice.issue(to);
    for (let at = 0; at < username.length; at += 1) {
      const other = username[at] === "1" ? "2" : "1";
      expect(ice.isIssued(username.slice(0, at) + other + username.slice(at + 1), "outside")).toBe(false);
    }
    for (const strange of ["", ":", username.slice(0, -1), `${username}x`, `${username}\n`, "x".repeat(10_000)]) {
      expect(ice.isIssued(strange, "outside")).toBe(false);
    }
  });

  test("are recognised by a key from which no password can be made", () => {
    const ice = new IceServers({ secret });
    const { username, credential } = ice.issue(to);
    const key = tagKey(secret, "outside");
    expect(isIssuedName(username, [key], Date.now())).toBe(true);
    expect(createHmac("sha1", key).update(username).digest("base64")).not.toBe(credential);
  });

  test("are recognised on the side of the end they are for, and not on the other", () => {
    const ice = new IceServers({ secret, previous: ["another-secret"] });
    for (const [role, side, other] of [
      ["viewer", "outside", "inside"],
      ["agent", "inside", "outside"],
    ] as const) {
      const { username } = ice.issue({ ...to, role });
      expect([ice.isIssued(username, side), ice.isIssued(username, other)]).toEqual([true, false]);
      expect(isIssuedName(username, ice.tagKeys(side), Date.now())).toBe(true);
      expect(isIssuedName(username, [tagKey(secret, other)], Date.now())).toBe(false);
      expect(ice.tagKeys(side)).toHaveLength(2);
    }
  });

  test("come from the first secret of a file", () => {
    expect(parseSecrets("# of 2026\n one \n\ntwo\n")).toEqual(["one", "two"]);
  });
});
