/** The setting `proxy`: one text, read once. What it holds of passwords goes into the proxy's requests and nowhere else. */
import { fileURLToPath } from "node:url";
import { z } from "zod";

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** An HTTP proxy that understands CONNECT. */
export interface HttpProxy extends Target {
  readonly credentials?: Credentials | undefined;
}

export type ProxySetting =
  | { readonly kind: "direct" }
  | { readonly kind: "proxy"; readonly proxy: HttpProxy }
  /** `credentials` are for those proxies that the file names and `proxyHosts` too; it can hold none itself. */
  | { readonly kind: "pac"; readonly source: PacSource; readonly credentials?: Credentials | undefined };

/** The settings `proxyHosts` and `relayHosts`: names or addresses, with commas or blanks between. */
export const HostList = z
  .string()
  .max(2000)
  .transform((text): readonly string[] =>
    text
      .toLowerCase()
      .split(/[\s,;]+/)
      .filter(Boolean),
  );

/** Where a PAC file lies. */
export type PacSource = { readonly url: URL } | { readonly file: string };

const FORMS =
  'must be "direct", "http://host:port", "http://user:password@host:port", "pac+http://host/proxy.pac" or "pac+file:///path/proxy.pac"; %-encode special characters of user and password';

/** Problems are told without repeating the text, which may hold a password. */
export const ProxyText = z.string().transform((text, context): ProxySetting => {
  const setting = readProxy(text);
  if (setting) return setting;
  context.issues.push({ code: "custom", message: FORMS, input: undefined });
  return z.NEVER;
});

function readProxy(text: string): ProxySetting | undefined {
  if (text === "direct") return { kind: "direct" };
  try {
    const isPac = text.startsWith("pac+");
    // taken out by hand: an address of a file may hold no user
    const [, scheme = "", user, place = ""] =
      /^(\w+:\/\/)(?:([^@/]*)@)?(.*)$/.exec(isPac ? text.slice("pac+".length) : text) ?? [];
    const credentials = user === undefined ? undefined : credentialsOf(user);
    const url = new URL(scheme + place);
    if (isPac && url.protocol === "file:") return { kind: "pac", source: { file: fileURLToPath(url) }, credentials };
    if (url.protocol !== "http:" || !url.hostname) return undefined;
    if (isPac) return { kind: "pac", source: { url }, credentials };
    if (url.pathname !== "/" || url.search || url.hash) return undefined;
    return { kind: "proxy", proxy: { ...targetOf(url), credentials } };
  } catch {
    return undefined;
  }
}

/** `host:port` of an address; 80 and 443 go without saying. */
export function targetOf(url: URL): Target {
  const port = Number(url.port || (url.protocol === "http:" ? 80 : 443));
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

/** As in a request line or a log. */
export const nameOf = ({ host, port }: Target): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

function credentialsOf(text: string): Credentials {
  const [user = "", ...password] = text.split(":");
  return { user: decodeURIComponent(user), password: decodeURIComponent(password.join(":")) };
}
