/** How the agent reads its proxy setting and PAC files, and what it calls the problems it meets. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Pac, type Way } from "../../agent/network/pac.ts";
import { ADVICE, detailOf, NETWORK_PROBLEMS, NetworkError, networkProblem } from "../../agent/network/problem.ts";
import { ProxyText } from "../../agent/network/proxy.ts";
import { allowedRelayHosts, readRelayUrl, relayProblem } from "../../agent/peer/relay-url.ts";

describe("the setting `proxy`", () => {
  test("is read in each of its forms", () => {
    expect(ProxyText.parse("direct")).toEqual({ kind: "direct" });
    expect(ProxyText.parse("http://proxy.city.lg.jp:3128")).toEqual({
      kind: "proxy",
      proxy: { host: "proxy.city.lg.jp", port: 3128, credentials: undefined },
    });
    expect(ProxyText.parse("http://10.1.2.3")).toMatchObject({ proxy: { host: "10.1.2.3", port: 80 } });
    expect(ProxyText.parse("http://[fd00::1]:8080")).toMatchObject({ proxy: { host: "fd00::1", port: 8080 } });
    expect(ProxyText.parse("pac+http://pac.city.lg.jp/proxy.pac")).toMatchObject({
      kind: "pac",
      source: { url: new URL("http://pac.city.lg.jp/proxy.pac") },
    });
    expect(ProxyText.parse("pac+file:///etc/proxy.pac")).toMatchObject({ source: { file: "/etc/proxy.pac" } });
  });

  test("holds user and password percent-encoded", () => {
    const credentials = { user: "総務:1", password: "p@ss/w%rd" };
    const written = `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}`;
    expect(ProxyText.parse(`http://${written}@proxy:3128`)).toMatchObject({ proxy: { host: "proxy", credentials } });
    const pac = ProxyText.parse(`pac+http://${written}@pac/proxy.pac`);
    expect(pac).toMatchObject({ source: { url: new URL("http://pac/proxy.pac") }, credentials });
    const file = ProxyText.parse(`pac+file://${written}@/etc/proxy.pac`);
    expect(file).toMatchObject({ source: { file: "/etc/proxy.pac" }, credentials });
  });

  test.each([
    "",
    "proxy:3128",
    "https://u:secret@proxy:3128",
    "socks5://u:secret@proxy",
    "http://u:secret@proxy:3128/path",
    "http://u:%zz-secret@proxy",
    "pac+ftp://u:secret@host/x",
  ])("refuses %j without repeating it", (text) => {
    const read = ProxyText.safeParse(text);
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).not.toContain("secret");
  });
});

describe("a PAC file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pac-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function ask(body: string, host = "inside.example.lg.jp"): Promise<Way[]> {
    const file = join(folder, `${crypto.randomUUID()}.pac`);
    await writeFile(file, body);
    return new Pac({ file }, () => ({ user: "u", password: "p" })).ways({ host, port: 443 });
  }
  const find = (body: string) => ask(`function FindProxyForURL(url, host) { ${body} }`);
  const broken = { name: "NetworkError", problem: "PAC_BROKEN" };
  const via = (host: string, port: number) => ({ host, port, credentials: { user: "u", password: "p" } });

  test("names proxies and the straight way, in their order", async () => {
    expect(await find('return "PROXY a.lg.jp:8080; HTTP b:3128 ;DIRECT"')).toEqual([
      via("a.lg.jp", 8080),
      via("b", 3128),
      "direct",
    ]);
  });

  test("passes over what we do not know", async () => {
    expect(await find('return "SOCKS s:1080; HTTPS t:443; PROXY a:8080"')).toEqual([via("a", 8080)]);
    await expect(find('return "SOCKS s:1080"')).rejects.toMatchObject(broken);
  });

  test("is asked for host and address, with the functions of the format", async () => {
    const rules = [
      'url === "https://inside.example.lg.jp/"',
      'host === "inside.example.lg.jp"',
      'dnsDomainIs(host, ".lg.jp")',
      'shExpMatch(host, "*.example.*")',
      "!isPlainHostName(host)",
      '!localHostOrDomainIs(host, "www")',
      'isInNet("127.0.0.1", "127.0.0.0", "255.0.0.0")',
      'isResolvable("localhost")',
      "/^\\d+\\.\\d+\\.\\d+\\.\\d+$/.test(myIpAddress())",
      "weekdayRange('SUN', 'SAT')",
      "dnsDomainLevels(host) === 3",
    ];
    expect(await failing(rules)).toEqual([]);
    expect(await failing(["isPlainHostName(host)", "true"])).toEqual(["isPlainHostName(host)"]);
  });

  /** Those of the conditions that the file finds false. */
  async function failing(rules: readonly string[]): Promise<string[]> {
    const checks = rules.map((rule, at) => `if (!(${rule})) answer += "; PROXY rule:${at + 1}";`);
    const ways = await ask(`function FindProxyForURL(url, host) {
      var answer = "DIRECT";
      ${checks.join("\n")}
      return answer;
    }`);
    return ways.flatMap((way) => (way === "direct" ? [] : [rules[way.port - 1] ?? "?"]));
  }

  test("cannot reach anything of ours", async () => {
    const names = ["process", "require", "fetch", "XMLHttpRequest", "setTimeout", "WebAssembly"];
    expect(await failing(names.map((name) => `typeof ${name} === "undefined"`))).toEqual([]);
    await expect(
      find('return isInNet.constructor.constructor("return process")() ? "DIRECT" : ""'),
    ).rejects.toMatchObject(broken);
  });

  test("that does not end, or takes all memory, is stopped", async () => {
    const lookUp = 'isInNet("127.0.0.1", "10.0.0.0", "255.0.0.0");';
    const asked = [
      find("for (;;) {}"),
      ask("for (;;) {} function FindProxyForURL() {}"),
      find('var a = []; for (;;) a.push(new Array(10000).join("x"));'),
      find(`for (;;) try { ${lookUp} } catch (e) {}`),
    ];
    await Promise.all(asked.map((answer) => expect(answer).rejects.toMatchObject(broken)));
  });

  test.each([
    "this is not JavaScript",
    "function other() {}",
    "function FindProxyForURL() { throw new Error('x') }",
    "",
  ])("that is broken says so: %s", async (body) => void (await expect(ask(body)).rejects.toMatchObject(broken)));

  test("that is not there says so, and is read when it is", async () => {
    const file = join(folder, "later.pac");
    const pac = new Pac({ file });
    const to = { host: "a", port: 443 };
    await expect(pac.ways(to)).rejects.toMatchObject({ problem: "PAC_UNREACHABLE" });
    await writeFile(file, 'function FindProxyForURL() { return "DIRECT" }');
    expect(await pac.ways(to)).toEqual(["direct"]);
    await rm(file);
    expect(await pac.ways(to)).toEqual(["direct"]); // kept
    pac.forget();
    await expect(pac.ways(to)).rejects.toMatchObject({ problem: "PAC_UNREACHABLE" });
  });

  test("comes by HTTP", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/proxy.pac") response.end('function FindProxyForURL() { return "PROXY a:1" }');
      else response.writeHead(404).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const at = (path: string) =>
      new Pac({ url: new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`) });
    const to = { host: "a", port: 443 };
    expect(await at("/proxy.pac").ways(to)).toMatchObject([{ host: "a", port: 1 }]);
    await expect(at("/none").ways(to)).rejects.toMatchObject({
      problem: "PAC_UNREACHABLE",
      message: expect.stringContaining("HTTP 404"),
    });
    server.close();
    server.closeAllConnections();
  });
});

describe("a network problem", () => {
  const withCode = (code: string) => Object.assign(new Error("x"), { code });

  test.each([
    ["ENOTFOUND", "NAME_NOT_RESOLVED"],
    ["EAI_AGAIN", "NAME_NOT_RESOLVED"],
    ["ECONNREFUSED", "CONNECTION_REFUSED"],
    ["EHOSTUNREACH", "NO_ANSWER"],
    ["ECONNRESET", "CONNECTION_CUT"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "OTHER_CERTIFICATE"],
    ["CERT_NOT_YET_VALID", "CERTIFICATE_TIME"],
    ["CERT_HAS_EXPIRED", "CERTIFICATE_TIME"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "OTHER_CERTIFICATE"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "OTHER_CERTIFICATE"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "NOT_TLS13"],
  ])("%s is %s", (code, problem) => {
    expect(networkProblem(withCode(code))).toBe(problem);
    expect(networkProblem(new Error("outer", { cause: withCode(code) }))).toBe(problem);
    expect(networkProblem(new AggregateError([withCode(code)]))).toBe(problem);
  });

  test("of ours keeps its code, anything else has none", () => {
    expect(networkProblem(new NetworkError("PROXY_FORBIDDEN", "x"))).toBe("PROXY_FORBIDDEN");
    expect(networkProblem(new Error("x"))).toBeUndefined();
    expect(detailOf(withCode("ECONNREFUSED"))).toBe("ECONNREFUSED x");
  });

  test("is explained in Japanese, and in README", () => {
    const readme = readFileSync("agent/README.md", "utf8");
    for (const problem of NETWORK_PROBLEMS) {
      expect(ADVICE[problem]).toMatch(/[ぁ-ん].*。$/);
      expect(readme).toContain(`| \`${problem}\``);
    }
  });
});

test("a relay's URL says where it is and how it is spoken to", () => {
  expect(readRelayUrl("turn:10.0.0.1:3478?transport=udp")).toEqual({ host: "10.0.0.1", port: 3478, transport: "udp" });
  expect(readRelayUrl("turns:relay.lg.jp:443?transport=tcp")).toEqual({
    host: "relay.lg.jp",
    port: 443,
    transport: "tls",
  });
  expect(readRelayUrl("turn:[fd00::1]:3478?transport=tcp")).toEqual({ host: "fd00::1", port: 3478, transport: "tcp" });
  expect(readRelayUrl("https://relay")).toBeUndefined();
});

test("a relay at the server's IPv6 address may be used, however the address is written", () => {
  const allowed = allowedRelayHosts({ url: "https://[2001:db8::5]:443" }, ["[FD00:0::1]"]);
  for (const host of ["[2001:DB8:0:0::5]", "[2001:db8::5]", "[fd00::1]"])
    expect(relayProblem(`turn:${host}:3478?transport=udp`, allowed)).toBeUndefined();
  expect(relayProblem("turn:[2001:db8::6]:3478?transport=udp", allowed)).toContain("neither");
});
