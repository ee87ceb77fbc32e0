/** The mail server among the settings, and what has to go together. */
import { isIP } from "node:net";
import { MailAddress } from "../protocol/mail-address.ts";

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the beginning (smtps). Otherwise STARTTLS is required, but for a server on this machine. */
  readonly secure: boolean;
  readonly isLoopback: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly from: MailAddress;
  /** PEM, beside the ones that everybody trusts. */
  readonly ca: string | undefined;
}

interface Settings {
  readonly ENGAWA_MAIL_URL?: string | undefined;
  readonly ENGAWA_MAIL_FROM?: string | undefined;
  readonly ENGAWA_MAIL_PASSWORD_FILE?: string | undefined;
  readonly ENGAWA_MAIL_CA?: string | undefined;
}

/** What files say that settings name. */
interface FromFiles {
  readonly password: string | undefined;
  readonly ca: string | undefined;
}

const PORTS: Readonly<Record<string, number>> = { "smtp:": 587, "smtps:": 465 };

/** Undefined: there is none. What is wrong is added to `problems`; the URL, which may hold a password, is never in it. */
export function mailServerOf(settings: Settings, files: FromFiles, problems: string[]): MailServer | undefined {
  const { ENGAWA_MAIL_URL: text, ENGAWA_MAIL_FROM, ENGAWA_MAIL_PASSWORD_FILE, ENGAWA_MAIL_CA } = settings;
  if (text === undefined) {
    for (const [name, value] of Object.entries({ ENGAWA_MAIL_FROM, ENGAWA_MAIL_PASSWORD_FILE, ENGAWA_MAIL_CA }))
      if (value !== undefined) problems.push(`${name} is set but ENGAWA_MAIL_URL is not`);
    return undefined;
  }
  const from = MailAddress.safeParse(ENGAWA_MAIL_FROM);
  if (ENGAWA_MAIL_FROM === undefined) problems.push("ENGAWA_MAIL_FROM is not set: mails need a sender");
  else if (!from.success) problems.push("ENGAWA_MAIL_FROM must be one mail address, e.g. engawa@city.example.lg.jp");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usual = PORTS[url?.protocol ?? ""];
  if (
    !url ||
    usual === undefined ||
    url.hostname === "" ||
    !["", "/"].includes(url.pathname) ||
    url.search ||
    url.hash
  ) {
    problems.push("ENGAWA_MAIL_URL must be smtp://host:port or smtps://host:port, with user:password@ where needed");
    return undefined;
  }
  const sign = signInOf(url, files.password, problems);
  if (!from.success || !sign) return undefined;
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "");
  const isLoopback = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  const port = url.port === "" ? usual : Number(url.port);
  return { host, port, secure: url.protocol === "smtps:", isLoopback, ...sign, from: from.data, ca: files.ca };
}

/** Where it is, and no more of it; undefined: there is none, or it is not named as it should be. */
export function mailHostOf(text: string | undefined): Pick<MailServer, "host" | "port" | "secure"> | undefined {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  const usual = PORTS[url?.protocol ?? ""];
  if (!url || usual === undefined) return undefined;
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "");
  return { host, port: url.port === "" ? usual : Number(url.port), secure: url.protocol === "smtps:" };
}

function signInOf(
  { username, password: inUrl }: URL,
  inFile: string | undefined,
  problems: string[],
): Pick<MailServer, "user" | "password"> | undefined {
  const decoded = (part: string): string | undefined => {
    try {
      return part === "" ? undefined : decodeURIComponent(part);
    } catch {
      problems.push("ENGAWA_MAIL_URL: write % in user and password as %25");
      return undefined;
    }
  };
  const [user, own] = [decoded(username), decoded(inUrl)];
  if (own !== undefined && inFile !== undefined)
    problems.push("ENGAWA_MAIL_URL has a password and ENGAWA_MAIL_PASSWORD_FILE another: leave one out");
  const password = own ?? inFile;
  if ((user === undefined) !== (password === undefined)) {
    const missing = user === undefined ? "a password but no user" : "a user but no password";
    problems.push(`ENGAWA_MAIL_URL: there is ${missing} (ENGAWA_MAIL_PASSWORD_FILE)`);
    return undefined;
  }
  return { user, password };
}
