/** The files that settings name (config.ts): certificates, keys, passwords. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { DatabaseSettings } from "./postgres/settings.ts";

/** Reads files that settings name; what is wrong with them goes to the list of problems. */
export class Files {
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  /** `forbidden`: permission bits that nobody else may have on it. */
  bytes(path: string | undefined, name: string, forbidden = 0): Buffer | undefined {
    if (path === undefined) return undefined;
    try {
      if ((statSync(path).mode & forbidden) !== 0) {
        this.#problems.push(
          `${name}: ${path} can be read by others: chmod ${forbidden === 0o077 ? "600" : "o-rwx"} ${path}`,
        );
      }
      return readFileSync(path);
    } catch (error) {
      this.#problems.push(`${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  }

  pem(path: string | undefined, name: string, kind: "CERTIFICATE" | "PRIVATE KEY"): string {
    const text = this.bytes(path, name, kind === "PRIVATE KEY" ? 0o007 : 0)?.toString("utf8") ?? "";
    const fits = new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text);
    if (path !== undefined && text !== "" && !fits)
      this.#problems.push(`${name}: ${path} has no PEM ${kind.toLowerCase()}`);
    return text;
  }

  /** What the mail server wants to know, and who vouches for it. */
  mail(settings: { ENGAWA_MAIL_PASSWORD_FILE?: string | undefined; ENGAWA_MAIL_CA?: string | undefined }) {
    const { ENGAWA_MAIL_PASSWORD_FILE: path, ENGAWA_MAIL_CA: ca } = settings;
    return { password: this.#password(path, "ENGAWA_MAIL_PASSWORD_FILE"), ca: this.#ca(ca, "ENGAWA_MAIL_CA") };
  }

  /** The same of the database. */
  database(settings: DatabaseSettings) {
    const { ENGAWA_DATABASE_PASSWORD_FILE: path, ENGAWA_DATABASE_CA: ca } = settings;
    return { password: this.#password(path, "ENGAWA_DATABASE_PASSWORD_FILE"), ca: this.#ca(ca, "ENGAWA_DATABASE_CA") };
  }

  #password(path: string | undefined, name: string): string | undefined {
    const password = this.bytes(path, name, 0o007)?.toString("utf8").trim();
    if (password === "") this.#problems.push(`${name}: ${path} is empty`);
    return password;
  }

  #ca(path: string | undefined, name: string): string | undefined {
    return path === undefined ? undefined : this.pem(path, name, "CERTIFICATE");
  }

  secret(path: string | undefined, name: string): string {
    const text = this.bytes(path, name, 0o007)?.toString("utf8").trim();
    if (text !== undefined && text.length < MIN_SECRET_LENGTH) {
      this.#problems.push(
        `${name}: ${path} is empty or too short: at least ${MIN_SECRET_LENGTH} characters, at random`,
      );
    }
    return text ?? "";
  }
}

/** 128 bits in hex. */
const MIN_SECRET_LENGTH = 32;

export function hashOfCa(pem: string, problems: string[]): string {
  if (pem === "") return "";
  try {
    return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
  } catch {
    problems.push("ENGAWA_TLS_CA is no certificate");
    return "";
  }
}
