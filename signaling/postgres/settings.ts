/** The database server among the settings, and what has to go together. Without one the store is a file (store/open.ts). */
import { isIP } from "node:net";

export interface DatabaseServer {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** On this machine: by a socket or over loopback. */
  readonly isLocal: boolean;
  /** PEM of who vouches for the server. TLS is spoken with one, and with every server that is not on this machine. */
  readonly ca: string | undefined;
}

export interface DatabaseSettings {
  readonly ENGAWA_DATABASE_URL?: string | undefined;
  readonly ENGAWA_DATABASE_PASSWORD_FILE?: string | undefined;
  readonly ENGAWA_DATABASE_CA?: string | undefined;
}

/** What files say that settings name. */
interface FromFiles {
  readonly password: string | undefined;
  readonly ca: string | undefined;
}

const PORT = 5432;
const FORM = "ENGAWA_DATABASE_URL must be postgres://user@host:port/database, with %2Ffolder as host for a socket";

/** Undefined: there is none. What is wrong is added to `problems`; the URL, which may hold a password, is never in it. */
export function databaseServerOf(
  settings: DatabaseSettings,
  files: FromFiles,
  problems: string[],
): DatabaseServer | undefined {
  const { ENGAWA_DATABASE_URL: text, ENGAWA_DATABASE_PASSWORD_FILE, ENGAWA_DATABASE_CA } = settings;
  if (text === undefined) {
    for (const [name, value] of Object.entries({ ENGAWA_DATABASE_PASSWORD_FILE, ENGAWA_DATABASE_CA }))
      if (value !== undefined) problems.push(`${name} is set but ENGAWA_DATABASE_URL is not`);
    return undefined;
  }
  const parts = URL.canParse(text) ? partsOf(new URL(text)) : undefined;
  if (!parts) {
    problems.push(FORM);
    return undefined;
  }
  const { password: inUrl, ...rest } = parts;
  if (inUrl !== undefined && files.password !== undefined)
    problems.push("ENGAWA_DATABASE_URL has a password and ENGAWA_DATABASE_PASSWORD_FILE another: leave one out");
  return { ...rest, password: inUrl ?? files.password, isLocal: isLocal(rest.host), ca: files.ca };
}

/** `sslmode` and its like are not for the URL: whether TLS is spoken is no choice. */
function partsOf(url: URL): Pick<DatabaseServer, "host" | "port" | "user" | "password" | "database"> | undefined {
  if (!/^postgres(ql)?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") return undefined;
  try {
    const [host, user, password, database] = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(
      decodeURIComponent,
    ) as [string, string, string, string];
    if (host === "" || user === "" || database === "" || database.includes("/")) return undefined;
    const port = url.port === "" ? PORT : Number(url.port);
    return { host: host.replace(/^\[|\]$/g, ""), port, user, password: password || undefined, database };
  } catch {
    return undefined; // a % that encodes nothing
  }
}

const isLocal = (host: string): boolean =>
  host.startsWith("/") || host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
