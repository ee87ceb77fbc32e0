/**
 * A certificate authority of this machine's own, and the server's certificate by it. Written by openssl: ours to hold, nothing to
 * code. The authority may name nothing but this machine (RFC 5280 § 4.2.1.10), so a browser that trusts it risks little.
 */
import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const CA_DAYS = 3650;
/** Browsers refuse more than 398. */
const LEAF_DAYS = 200;
const RENEW_BEFORE_MS = 30 * 86_400_000;
const run = promisify(execFile);
const openssl = (args: readonly string[]) => run("openssl", args);

export interface Pki {
  /** PEM: what browsers and agents are to trust. */
  readonly caFile: string;
  /** PEM: the server's certificate, then the CA's. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** The IPv4 addresses under which others reach this machine. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
}

/**
 * Makes what is missing in the folder; a certificate that is old or lacks an address is made anew. The names are those the
 * authority was made for: one that came later (a renamed host) it could not certify.
 */
export async function makePki(options: {
  readonly folder: string;
  /** Addresses beside 127.0.0.1. */
  readonly addresses: readonly string[];
}): Promise<Pki> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(folder, name);
  if (!existsSync(at("ca.pem"))) await makeCa(folder, ["localhost", ...ownName()]);
  const names = readFileSync(at("ca.names"), "utf8").trim().split("\n");
  const addresses = ["127.0.0.1", ...options.addresses];
  const sans = [...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)];
  if (!isGood(folder, [...names, ...addresses])) await makeLeaf(folder, sans);
  return { caFile: at("ca.pem"), certFile: at("server.pem"), keyFile: at("server.key") };
}

/** The host's name, where it can stand in a certificate. */
function ownName(): string[] {
  const name = hostname().toLowerCase();
  return name !== "localhost" && /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name) ? [name] : [];
}

async function makeCa(folder: string, names: readonly string[]): Promise<void> {
  const permitted = names.map((name) => `permitted;DNS:${name}`).join(",");
  const extensions = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"];
  const key = await newKey(join(folder, "ca.key"));
  await openssl([
    ...["req", "-x509", "-new", "-key", key, "-sha256", "-days", String(CA_DAYS)],
    ...["-subj", "/O=Engawa/CN=Engawa local CA", "-out", join(folder, "ca.tmp")],
    ...[...extensions, `nameConstraints=critical,${permitted}`].flatMap((extension) => ["-addext", extension]),
  ]);
  writeFileSync(join(folder, "ca.names"), `${names.join("\n")}\n`);
  renameSync(join(folder, "ca.tmp"), join(folder, "ca.pem")); // last: its presence says that the key is there too
}

async function makeLeaf(folder: string, sans: readonly string[]): Promise<void> {
  const at = (name: string) => join(folder, name);
  const key = await newKey(at("server.key"));
  await openssl(["req", "-new", "-key", key, "-subj", "/O=Engawa/CN=Engawa server", "-out", at("server.csr")]);
  const lines = [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=serverAuth",
  ];
  writeFileSync(at("server.ext"), [...lines, `subjectAltName=${sans.join(",")}`, ""].join("\n"));
  await openssl([
    ...["x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"],
    ...["-sha256", "-days", String(LEAF_DAYS), "-extfile", at("server.ext"), "-out", at("leaf.pem")],
  ]);
  writeFileSync(at("server.tmp"), readFileSync(at("leaf.pem"), "utf8") + readFileSync(at("ca.pem"), "utf8"));
  renameSync(at("server.tmp"), at("server.pem"));
}

async function newKey(file: string): Promise<string> {
  writeFileSync(file, "", { mode: 0o600 }); // openssl keeps the mode of a file that is there
  await openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file]);
  return file;
}

function isGood(folder: string, names: readonly string[]): boolean {
  const file = join(folder, "server.pem");
  if (!existsSync(file)) return false;
  const leaf = new X509Certificate(readFileSync(file));
  const ca = new X509Certificate(readFileSync(join(folder, "ca.pem")));
  const key = createPrivateKey(readFileSync(join(folder, "server.key")));
  const stands = (name: string) => leaf.checkHost(name) !== undefined || leaf.checkIP(name) !== undefined;
  const isFresh = Date.parse(leaf.validTo) - Date.now() > RENEW_BEFORE_MS;
  return isFresh && leaf.verify(ca.publicKey) && leaf.checkPrivateKey(key) && names.every(stands);
}
