/**
 * A certificate authority of this machine's own, and the server's certificate by it. Written by openssl: ours to hold, nothing to
 * code. The authority may name nothing but this machine (RFC 5280 § 4.2.1.10), so a browser that trusts it risks little.
 */
import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const CA_DAYS = 3650;
/** Browsers refuse more than 398. */
const LEAF_DAYS = 200;
const DAY_MS = 86_400_000;
const RENEW_BEFORE_MS = 30 * DAY_MS;
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
  const at = (name: string) => join(folder, name);
  const key = await newKey(at("ca.key"));
  const permitted = names.map((name) => `permitted;DNS:${name}`).join(",");
  await certify(folder, {
    ...{ key, subject: "/O=Engawa/CN=Engawa local CA", out: at("ca.tmp"), days: CA_DAYS, by: ["-selfsign"] },
    extensions: [
      "basicConstraints=critical,CA:TRUE,pathlen:0",
      "keyUsage=critical,keyCertSign,cRLSign",
      "subjectKeyIdentifier=hash",
      `nameConstraints=critical,${permitted}`,
    ],
  });
  writeFileSync(at("ca.names"), `${names.join("\n")}\n`);
  renameSync(at("ca.tmp"), at("ca.pem")); // last: its presence says that the key is there too
}

async function makeLeaf(folder: string, sans: readonly string[]): Promise<void> {
  const at = (name: string) => join(folder, name);
  const key = await newKey(at("server.key"));
  await certify(folder, {
    ...{
      key,
      subject: "/O=Engawa/CN=Engawa server",
      out: at("leaf.pem"),
      days: LEAF_DAYS,
      by: ["-cert", at("ca.pem")],
    },
    extensions: [
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=serverAuth",
      `subjectAltName=${sans.join(",")}`,
    ],
  });
  writeFileSync(at("server.tmp"), readFileSync(at("leaf.pem"), "utf8") + readFileSync(at("ca.pem"), "utf8"));
  renameSync(at("server.tmp"), at("server.pem"));
}

interface Wish {
  readonly key: string;
  readonly subject: string;
  readonly extensions: readonly string[];
  /** `-selfsign`, or `-cert FILE`. */
  readonly by: readonly string[];
  readonly out: string;
  readonly days: number;
}

/** Valid since yesterday: another machine's clock may be behind. Only `openssl ca` takes a beginning (openssl 3.0). */
async function certify(folder: string, wish: Wish): Promise<void> {
  const work = mkdtempSync(join(folder, "certify-"));
  const at = (name: string) => join(work, name);
  try {
    writeFileSync(at("index.txt"), "");
    writeFileSync(at("extensions"), `${wish.extensions.join("\n")}\n`);
    const own = [`database=${at("index.txt")}`, `new_certs_dir=${work}`, "rand_serial=yes", "default_md=sha256"];
    const sections = ["[ca]", "default_ca=own", "[own]", ...own, "policy=any"];
    writeFileSync(
      at("conf"),
      [...sections, "[any]", "organizationName=optional", "commonName=supplied", ""].join("\n"),
    );
    await openssl(["req", "-new", "-key", wish.key, "-subj", wish.subject, "-out", at("csr")]);
    const [start, end] = [Date.now() - DAY_MS, Date.now() + wish.days * DAY_MS].map(generalizedTime);
    await openssl([
      ...["ca", "-batch", "-notext", "-config", at("conf"), "-in", at("csr"), "-out", wish.out],
      ...["-keyfile", wish.by[0] === "-selfsign" ? wish.key : join(folder, "ca.key"), ...wish.by],
      ...["-extfile", at("extensions"), "-startdate", `${start}`, "-enddate", `${end}`],
    ]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** YYYYMMDDHHMMSSZ */
const generalizedTime = (at: number): string => `${new Date(at).toISOString().replace(/\D/g, "").slice(0, 14)}Z`;

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
