/** What the two listeners serve and refuse. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Express } from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authenticateUpgrade, comesFromBrowser } from "../../signaling/auth/upgrade.ts";
import { onProven } from "../../signaling/edge/proof.ts";
import { issueToken } from "../../signaling/organisations/terminals.ts";
import { EnrolResponse, ErrorResponse } from "../../signaling/protocol/api.ts";
import { enrolText } from "../../signaling/protocol/signed.ts";
import { COOKIE, cookieOf, type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import { makeDevice, makePerson, makeStore, type TestStore } from "../support/store.ts";

const ORIGIN = "https://telework.example.lg.jp";

interface Route {
  readonly method: string;
  readonly path: string;
}

/** What an app's router really holds. */
function routesOf(app: Express): Route[] {
  const stack = (app.router as unknown as { stack: Array<{ route?: { path: string; methods: object } }> }).stack;
  return stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path: route.path })) : [],
  );
}

describe("http", () => {
  let place: TestStore;
  let server: HttpServer;
  let cookie: string;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "engawa-page-"));
    writeFileSync(join(folder, "secret.key"), "not for you");
    mkdirSync(join(folder, "dist/assets"), { recursive: true });
    writeFileSync(join(folder, "dist/index.html"), "<!doctype html><title>Engawa</title>");
    writeFileSync(join(folder, "dist/assets/main-abc123.js"), "export {};\n".repeat(100));
    place = await makeStore();
    const at = Date.now();
    server = await startHttpServer(place, {
      now: () => at,
      origin: ORIGIN,
      tls: true,
      pageFolder: join(folder, "dist"),
    });
    const person = await makePerson(place);
    cookie = cookieOf(await trySignIn(server, { ...person, code: person.codeAt(at) }));
  });
  afterAll(async () => {
    await server?.close();
    await place?.close();
    rmSync(folder, { recursive: true });
  });

  const outside = (method: string, path: string, headers: Record<string, string> = {}) =>
    send(server.outsidePort, method, path, { headers });
  const inside = (method: string, path: string, headers: Record<string, string> = {}) =>
    send(server.insidePort, method, path, { headers });
  const monitoring = (path: string, headers: Record<string, string> = {}) =>
    send(server.monitoringPort, "GET", path, { headers });

  test("no listener serves a route of the other, route by route", async () => {
    const here = routesOf(server.apps.outside);
    const there = routesOf(server.apps.inside);
    const watching = routesOf(server.apps.monitoring);
    expect(here.map((route) => `${route.method} ${route.path}`).sort()).toEqual([
      "GET /api/approvals",
      "GET /api/me",
      "GET /api/own",
      "GET /api/requests",
      "GET /api/sign-in/ways",
      "POST /api/approvals",
      "POST /api/approvals/take-back",
      "POST /api/own/device-remove",
      "POST /api/own/session-end",
      "POST /api/own/sign-in-end",
      "POST /api/password",
      "POST /api/requests",
      "POST /api/requests/withdraw",
      "POST /api/sign-in",
      "POST /api/sign-in/challenge",
      "POST /api/sign-in/mail-code",
      "POST /api/sign-out",
    ]);
    expect(there.map((route) => `${route.method} ${route.path}`).sort()).toEqual([
      "GET /healthz",
      "POST /api/enrol",
      "POST /api/relay-check",
    ]);
    expect(watching.map(({ path }) => path)).toEqual(["/healthz", "/readyz", "/metrics"]);
    for (const path of ["/readyz", "/metrics"]) {
      const answer = await inside("GET", path);
      expect([path, answer.status, answer.json]).toEqual([path, 404, notFound]);
    }
    for (const { method, path } of [...here, ...there].filter(({ path }) => path !== "/healthz")) {
      const answer = await send(server.monitoringPort, method, path);
      expect([path, answer.status, answer.json]).toEqual([path, 404, notFound]);
    }
    for (const { method, path } of [...there, ...watching]) {
      const answer = await outside(method, path, { Origin: ORIGIN });
      expect([path, answer.status, answer.json]).toEqual([path, 404, notFound]);
    }
    for (const { method, path } of [...here, { method: "GET", path: "/" }]) {
      const answer = await inside(method, path);
      expect([path, answer.status, answer.json]).toEqual([path, 404, notFound]);
    }
  });

  const notFound = { code: "NOT_FOUND", message: "there is nothing here" };

  test("paths are taken literally", async () => {
    for (const path of ["/api/me/", "/API/me", "//api/me", "/api/%6de", "/healthz", "/setup", "/api/me%2f", "/.%2e/"]) {
      const answer = await outside("GET", path);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  test.each([
    ["none", undefined],
    ["null", "null"],
    ["empty", ""],
    ["a subdomain", "https://evil.telework.example.lg.jp"],
    ["a longer host", "https://telework.example.lg.jp.evil.example"],
    ["a suffix", "https://eviltelework.example.lg.jp"],
    ["the plain scheme", "http://telework.example.lg.jp"],
    ["another port", "https://telework.example.lg.jp:8443"],
    ["the default port spelled out", "https://telework.example.lg.jp:443"],
    ["upper case", "https://TELEWORK.example.lg.jp"],
    ["a trailing dot", "https://telework.example.lg.jp."],
    ["a path", "https://telework.example.lg.jp/"],
    ["user info", "https://telework.example.lg.jp@evil.example"],
    ["a list", `${ORIGIN}, https://evil.example`],
  ])("refuses unsafe requests and WebSockets with origin: %s", async (_name, origin) => {
    const headers: Record<string, string> = origin === undefined ? {} : { Origin: origin };
    for (const path of ["/api/sign-in/challenge", "/api/sign-in", "/api/sign-out", "/nothing"]) {
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
        const answer = await outside(method, path, headers);
        expect(answer.status).toBe(403);
        expect(ErrorResponse.parse(answer.json).code).toBe("FORBIDDEN");
      }
    }
    const request = { headers: { cookie, ...(origin === undefined ? {} : { origin }) } } as never;
    const upgrade = { origins: [ORIGIN], cookieName: COOKIE, signIns: server.signIns };
    expect(await authenticateUpgrade(request, upgrade)).toEqual({ ok: false, status: 403, code: "FORBIDDEN" });
  });

  test("lets a WebSocket in with the right origin and a cookie that holds", async () => {
    const upgrade = { origins: [ORIGIN], cookieName: COOKIE, signIns: server.signIns };
    const ask = (headers: object) => authenticateUpgrade({ headers } as never, upgrade);
    expect(await ask({ origin: ORIGIN, cookie })).toMatchObject({ ok: true, signedIn: { login: "sato" } });
    const refused = { ok: false, status: 401, code: "NOT_SIGNED_IN" };
    expect(await ask({ origin: ORIGIN })).toEqual(refused);
    expect(await ask({ origin: ORIGIN, cookie: `${cookie}x` })).toEqual(refused);
    expect(await ask({ origin: ORIGIN, cookie: `${cookie}; ${cookie}` })).toEqual(refused);
  });

  test("inside refuses what a browser sends", async () => {
    for (const headers of [{ Origin: ORIGIN }, { Cookie: "a=b" }, { Origin: "null" }]) {
      for (const path of ["/healthz", "/metrics", "/nothing"]) {
        expect((await inside("GET", path, headers as never)).status).toBe(403);
        expect((await monitoring(path, headers as never)).status).toBe(403);
      }
      expect((await inside("POST", "/api/enrol", headers as never)).status).toBe(403);
    }
    expect(comesFromBrowser({ headers: { origin: "x" } } as never)).toBe(true);
    expect(comesFromBrowser({ headers: {} } as never)).toBe(false);
  });

  test("the headers of the page", async () => {
    const { headers } = await outside("GET", "/");
    const { date, etag, connection, "keep-alive": _, ...rest } = headers;
    expect(rest).toMatchSnapshot();
  });

  test("the plain local listener does not promise TLS, and TLS is not promised for localhost", async () => {
    expect(
      (await outside("GET", "/", { Host: "localhost:8443" })).headers["strict-transport-security"],
    ).toBeUndefined();
    const plain = await startHttpServer(place, {});
    const answer = await send(plain.outsidePort, "GET", "/");
    expect(answer.headers["strict-transport-security"]).toBeUndefined();
    expect(answer.headers["content-security-policy"]).toContain(
      `connect-src 'self' ws://localhost:${plain.outsidePort}`,
    );
    await plain.close();
  });

  test("serves the page: its start anew each time, its hashed parts for ever, compressed where wanted", async () => {
    const start = await outside("GET", "/");
    expect(start.text).toContain("<title>Engawa</title>");
    expect(start.headers["cache-control"]).toBe("no-cache");
    const again = await outside("GET", "/", { "If-None-Match": String(start.headers.etag) });
    expect(again.status).toBe(304);
    const asset = await outside("GET", "/assets/main-abc123.js");
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(asset.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    const small = await outside("GET", "/assets/main-abc123.js", { "Accept-Encoding": "gzip, br" });
    expect(small.headers["content-encoding"]).toBe("br");
    const head = await outside("HEAD", "/assets/main-abc123.js");
    expect([head.status, head.text]).toEqual([200, ""]);
  });

  test("nothing outside the page's folder can be reached", async () => {
    for (const path of [
      "/../secret.key",
      "/assets/../../secret.key",
      "/%2e%2e/secret.key",
      "/..%2fsecret.key",
      "/assets/..%5c..%5csecret.key",
      "/assets/%2e%2e/%2e%2e/secret.key",
      "//secret.key",
      "/assets",
      "/assets/",
      "/index.html",
      "/main-abc123.js%00.html",
    ]) {
      const answer = await outside("GET", path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.text).not.toContain("not for you");
    }
  });

  test("what is personal is not stored", async () => {
    for (const path of ["/api/me", "/api/nothing"]) {
      expect((await outside("GET", path)).headers["cache-control"]).toBe("no-store");
    }
    expect((await inside("GET", "/healthz")).headers["cache-control"]).toBe("no-store");
  });

  test("bodies that are no JSON, too large or of another shape are refused in the same form", async () => {
    const headers = { Origin: ORIGIN };
    for (const body of ["{", "[]", "null", "{}", '{"login":"sato"}', `{"login":"${"x".repeat(10_000)}"}`]) {
      const answer = await send(server.outsidePort, "POST", "/api/sign-in", { headers, body });
      expect(answer.status).toBe(400);
      expect(ErrorResponse.parse(answer.json).code).toBe("BAD_REQUEST");
    }
    const form = { ...headers, "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await send(server.outsidePort, "POST", "/api/sign-in", { headers: form, body: "login=sato" });
    expect(answer.status).toBe(400);
  });

  test("no header makes another source address believed", async () => {
    const headers = { Origin: ORIGIN, "X-Forwarded-For": "203.0.113.9", Forwarded: "for=203.0.113.9" };
    const before = server.logged().length;
    const device = await makeDevice();
    const body = {
      login: "sato",
      password: "x",
      code: "000000",
      deviceKey: device.publicKey,
      challenge: "x",
      signature: await device.sign("x"),
    };
    await send(server.outsidePort, "POST", "/api/sign-in", { headers, body });
    const logged = server.logged().slice(before);
    expect(logged).toContain('"address":"127.0.0.1"');
    expect(logged).not.toContain("203.0.113.9");
  });

  test("health, readiness and figures are for those who watch; an office PC learns that the server is there", async () => {
    expect((await inside("GET", "/healthz")).json).toEqual({ ok: true });
    expect((await monitoring("/healthz")).json).toEqual({ ok: true });
    expect((await monitoring("/readyz")).json).toEqual({ ok: true, problems: [] });
    const metrics = await monitoring("/metrics");
    expect(metrics.text).toContain("engawa_http_requests_total");
    expect(metrics.text).not.toContain("sato");
  });

  test("tells the edge whose password and whose cookie counted, and of nobody else", async () => {
    const plain = await startHttpServer(place, {});
    let proven = 0;
    plain.onConnection((socket) => onProven(socket, () => (proven += 1)));
    const person = await makePerson(place, { login: "ito" });
    const attempt = { ...person, code: person.codeAt(Date.now()) };
    expect((await trySignIn(plain, { ...attempt, password: "wrong" })).status).toBe(401);
    await send(plain.outsidePort, "GET", "/api/me", { headers: { Cookie: `${COOKIE}=x` } });
    expect(proven).toBe(0);
    const signedIn = await trySignIn(plain, { ...attempt });
    expect([signedIn.status, proven]).toEqual([200, 1]);
    await send(plain.outsidePort, "GET", "/api/me", { headers: { Cookie: cookieOf(signedIn) } });
    expect(proven).toBe(2);
    await plain.close();
  });

  describe("enrolment", () => {
    const enrol = async (token: string, o: { signedToken?: string; host?: string } = {}) => {
      const key = await makeDevice();
      const nonce = "A".repeat(22);
      const text = enrolText({ nonce: nonce as never, publicKey: key.publicKey, token: o.signedToken ?? token });
      const { host } = o;
      const body = { token, publicKey: key.publicKey, nonce, signature: await key.sign(text), ...(host && { host }) };
      const answer = await send(server.insidePort, "POST", "/api/enrol", { body });
      return { answer, key };
    };

    test("a token enrols one office PC, once", async () => {
      const { secret, terminal } = await issueToken(place.desk, { name: "企画課 12", organisation: "緑市" });
      const { answer, key } = await enrol(secret);
      expect(EnrolResponse.parse(answer.json)).toEqual({ terminal, name: "企画課 12", organisation: "緑市" });
      expect((await place.store.read((q) => q.terminals.byId(terminal)))?.publicKey).toBe(key.publicKey);
      const again = await enrol(secret);
      expect([again.answer.status, ErrorResponse.parse(again.answer.json).code]).toEqual([403, "ENROL_REFUSED"]);
      expect((await place.store.read((q) => q.terminals.byId(terminal)))?.publicKey).toBe(key.publicKey);
    });

    test("a wrong signature does not use up the token", async () => {
      const { secret } = await issueToken(place.desk, { name: "B", organisation: "緑市" });
      expect((await enrol(secret, { signedToken: "x" })).answer.status).toBe(403);
      expect((await enrol(secret)).answer.status).toBe(200);
    });

    test.each([
      ["that PC, whatever its domain", "pc-0123.town.local", 200],
      ["another PC", "PC-0124", 403],
      ["an agent that does not say where it is", undefined, 403],
    ])("a token for one PC is used up by %s", async (_who, host, status) => {
      const before = (await place.store.read((q) => q.audit.last()))?.seq ?? 0;
      const { secret } = await issueToken(place.desk, { name: "D", organisation: "緑市", host: "PC-0123" });
      expect((await enrol(secret, host === undefined ? {} : { host })).answer.status).toBe(status);
      expect((await enrol(secret, { host: "PC-0123" })).answer.status).toBe(403);
      const rows = await place.store.read((q) => q.audit.after(before, 1000));
      expect(rows.filter(({ about }) => about.includes('"fault":"host"'))).toHaveLength(status === 200 ? 0 : 1);
    });

    test("a newer token makes the older one worthless", async () => {
      const first = await issueToken(place.desk, { name: "C", organisation: "緑市" });
      const second = await issueToken(place.desk, { terminal: first.terminal });
      expect((await enrol(first.secret)).answer.status).toBe(403);
      expect((await enrol(second.secret)).answer.status).toBe(200);
    });
  });
});
