/** The token that IT put into a file, so that it stands in no script and in no record of command lines. */
import { readFile, rm } from "node:fs/promises";
import { win32 } from "node:path";
import { SetupError } from "./installation.ts";

/** Beside the package: taken when nothing else was given. */
export const TOKEN_FILE = "engawa-token.txt";
/** A token is a few hundred letters. */
const MAX_TOKEN_CHARS = 4096;

export interface GivenToken {
  readonly token: string | undefined;
  /** To be removed once the PC is installed. */
  readonly file: string | undefined;
}

export interface TokenPlaces {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** The package's own path. */
  readonly packageFile?: string | undefined;
}

/** As node:fs/promises has them. */
export interface TokenFiles {
  readonly read: (path: string) => Promise<string>;
  readonly remove: (path: string) => Promise<void>;
}

const FILES: TokenFiles = { read: (path) => readFile(path, "utf8"), remove: (path) => rm(path, { force: true }) };

/** Throws SetupError. */
export async function findToken(places: TokenPlaces, files = FILES): Promise<GivenToken> {
  const { token, tokenFile, packageFile } = places;
  if (token) return { token, file: undefined };
  if (tokenFile) return { token: await readTokenFile(tokenFile, files), file: tokenFile };
  const beside = packageFile ? win32.join(win32.dirname(packageFile), TOKEN_FILE) : undefined;
  if (beside && (await isThere(beside, files))) return { token: await readTokenFile(beside, files), file: beside };
  return { token: undefined, file: undefined };
}

const isThere = (path: string, { read }: TokenFiles): Promise<boolean> =>
  read(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT",
  );

async function readTokenFile(path: string, { read }: TokenFiles): Promise<string> {
  // the installer's working folder is not the administrator's
  if (!win32.isAbsolute(path))
    throw new SetupError("settings", `TOKENFILE は C:\\ などから始まる全体のパスで書いてください: ${path}`);
  const text = await read(path).catch((cause: Error) => {
    throw new SetupError("settings", `トークンのファイルを読めません: ${cause.message}`, { cause });
  });
  const token = text.replace(/^\ufeff/, "").trim();
  if (token === "" || token.length > MAX_TOKEN_CHARS)
    throw new SetupError("settings", `トークンのファイルに、トークンの1行がありません: ${path}`);
  return token;
}

/** Never fails: the token was used, so the file is worth nothing any more. Returns words when it stays. */
export async function forgetToken({ file }: GivenToken, files = FILES): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return files.remove(file).then(
    () => undefined,
    (error: Error) => `トークンのファイルを消せませんでした（使用済みです）: ${error.message}`,
  );
}
