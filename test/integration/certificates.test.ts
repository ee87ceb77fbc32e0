import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makePki, type Pki } from "../../signaling/quickstart/pki.ts";
import { openBrowser } from "../support/browser.ts";

describe("the demo's certificates", () => {
  let folder: string;
  let pki: Pki;
  const read = (file: string) => new X509Certificate(readFileSync(file));
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "engawa-pki-"));
    pki = await makePki({ folder, addresses: ["192.0.2.7"] });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the server's certificate names this machine, its addresses, and comes with its CA", () => {
    const leaf = read(pki.certFile);
    expect(leaf.checkHost("localhost")).toBe("localhost");
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.checkIP("192.0.2.7")).toBe("192.0.2.7");
    expect(leaf.verify(read(pki.caFile).publicKey)).toBe(true);
    expect(readFileSync(pki.certFile, "utf8").trimEnd().endsWith(readFileSync(pki.caFile, "utf8").trimEnd())).toBe(
      true,
    );
  });

  test("nobody else may read the keys", () => {
    for (const file of [pki.keyFile, join(folder, "ca.key")]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("the CA can certify nothing but this machine's names", () => {
    const text = execFileSync("openssl", ["x509", "-in", pki.caFile, "-noout", "-text"], { encoding: "utf8" });
    expect(text).toMatch(/X509v3 Name Constraints: critical\s+Permitted:\s+DNS:localhost/);
  });

  test("the same certificate serves until an address is new; the CA stays", async () => {
    const [ca, leaf] = [read(pki.caFile).fingerprint256, read(pki.certFile).fingerprint256];
    await makePki({ folder, addresses: ["192.0.2.7"] });
    expect(read(pki.certFile).fingerprint256).toBe(leaf);
    await makePki({ folder, addresses: ["192.0.2.8"] });
    expect(read(pki.certFile).fingerprint256).not.toBe(leaf);
    expect(read(pki.caFile).fingerprint256).toBe(ca);
  });

  test("a browser that trusts the CA opens the page, one that does not refuses it", async () => {
    const tls = { key: readFileSync(pki.keyFile), cert: readFileSync(pki.certFile), minVersion: "TLSv1.3" } as const;
    const server = createServer(tls, (_request, response) => response.end("<title>engawa</title>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    const trusting = await openBrowser({ caFile: pki.caFile });
    await trusting.page.goto(url);
    expect(await trusting.page.title()).toBe("engawa");
    await trusting.page.goto(url.replace("localhost", "127.0.0.1"));
    await trusting.close();
    const other = await openBrowser();
    await expect(other.page.goto(url)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
    await other.close();
    server.close();
  });
});
