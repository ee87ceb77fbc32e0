/** A CA and a server certificate for 127.0.0.1, made by openssl as the quickstart makes its own. */
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface TestCa {
  readonly ca: string;
  /** SHA-256 over the CA's DER, hex. */
  readonly caHash: string;
  readonly key: string;
  /** Server certificate and CA, PEM. */
  readonly chain: string;
}

export async function makeTestCa(host = "127.0.0.1"): Promise<TestCa> {
  const folder = await mkdtemp(join(tmpdir(), "ca-"));
  const at = (name: string): string => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  try {
    const ca = ["-x509", "-days", "2", "-subj", "/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE"];
    await run("openssl", ["req", ...ca, ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem")]);
    await run("openssl", ["req", "-subj", "/CN=server", ...newKey, "-keyout", at("key.pem"), "-out", at("req.pem")]);
    await writeFile(at("ext"), `subjectAltName=IP:${host}\n`);
    const signed = [
      "-CA",
      at("ca.pem"),
      "-CAkey",
      at("ca.key"),
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      at("ext"),
    ];
    await run("openssl", ["x509", "-req", "-in", at("req.pem"), ...signed, "-out", at("cert.pem")]);
    const [caPem, cert, key] = await Promise.all(
      ["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(at(name), "utf8")),
    );
    if (!caPem || !cert || !key) throw new Error("openssl made nothing");
    const caHash = createHash("sha256").update(new X509Certificate(caPem).raw).digest("hex");
    return { ca: caPem, caHash, key, chain: cert + caPem };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
