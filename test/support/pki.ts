/** A certification authority and a server certificate for tests, made with openssl once per run and set of names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Pki = {
  /** PEM. `cert` is the chain: leaf first, the CA last. */
  ca: string;
  cert: string;
  key: string;
  files: { folder: string; ca: string; cert: string; key: string };
};

const made = new Map<string, Pki>();

export function makePki({ names }: { names: string[] }): Pki {
  const id = names.join(",");
  const pki = made.get(id) ?? create(names);
  made.set(id, pki);
  return pki;
}

function create(names: string[]): Pki {
  const folder = mkdtempSync(join(tmpdir(), "engawa-pki-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const sans = names.map((name) => `${isIP(name) ? "IP" : "DNS"}:${name}`).join(",");
  writeFileSync(
    join(folder, "leaf.ext"),
    `subjectAltName=${sans}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
  );
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign",
  );
  openssl("req", ...newKey, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", `/CN=${names[0] ?? "test"}`);
  openssl(
    "x509",
    "-req",
    "-in",
    "leaf.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "leaf.ext",
    "-out",
    "leaf.pem",
  );
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  writeFileSync(join(folder, "chain.pem"), read("leaf.pem") + read("ca.pem"));
  const files = { folder, ca: join(folder, "ca.pem"), cert: join(folder, "chain.pem"), key: join(folder, "leaf.key") };
  return { ca: read("ca.pem"), cert: read("chain.pem"), key: read("leaf.key"), files };
}
