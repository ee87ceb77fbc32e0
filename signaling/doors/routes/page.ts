/**
 * The viewer's page. Its files are read once at start and found by their exact path: there is no way from a request to the
 * file system, so nothing to traverse.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import type { RequestHandler, Response } from "express";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
};
const COMPRESSIBLE = [".html", ".js", ".css", ".svg", ".webmanifest", ".txt"];
/** A page that takes seconds to load over a home line is built wrongly. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024;
/** Vite puts what has a hash in its name there: it never changes. */
const HASHED = "/assets/";

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  readonly plain: Buffer;
  /** Made when somebody asks for the first time: at a start office PCs wait for us, and people do not yet. */
  readonly brotli: (() => Promise<Buffer>) | undefined;
}

/** URL path → file. Empty when the page has not been built. */
export type Page = ReadonlyMap<string, PageFile>;

export function loadPage(folder: string): Page {
  const page = new Map<string, PageFile>();
  if (!existsSync(folder)) return page;
  let total = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const type = TYPES[extname(name)];
    if (!type || !statSync(join(folder, name)).isFile()) continue;
    const plain = readFileSync(join(folder, name));
    total += plain.length;
    if (total > MAX_PAGE_BYTES) throw new Error(`the page in ${folder} is larger than ${MAX_PAGE_BYTES} bytes`);
    const path = `/${name.split(sep).join("/")}`;
    page.set(path === "/index.html" ? "/" : path, fileOf(path, type, plain));
  }
  return page;
}

/** Answers GET and HEAD of the page's files; everything else goes on. */
export function servePage(page: Page): RequestHandler {
  return async (request, response, next) => {
    const file = ["GET", "HEAD"].includes(request.method) ? page.get(request.path) : undefined;
    if (file) await send(file, request.headers["accept-encoding"], request.headers["if-none-match"], response);
    else if (request.path === "/" && page.size === 0) response.status(503).type("text").send(NOT_BUILT);
    else next();
  };
}

const NOT_BUILT = "The page has not been built. Run: npm run build";

async function send(
  file: PageFile,
  accepts: string | undefined,
  known: string | undefined,
  response: Response,
): Promise<void> {
  response.set({ "Content-Type": file.type, "Cache-Control": file.cache, ETag: file.etag, Vary: "Accept-Encoding" });
  if (known === file.etag) {
    response.status(304).end();
    return;
  }
  const brotli = /(^|,)\s*br\s*(,|$)/.test(accepts ?? "") ? await file.brotli?.() : undefined;
  if (brotli) response.set("Content-Encoding", "br");
  const body = brotli ?? file.plain;
  response.set("Content-Length", String(body.length));
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function fileOf(path: string, type: string, plain: Buffer): PageFile {
  return {
    type,
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    cache: path.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-cache",
    plain,
    brotli: COMPRESSIBLE.includes(extname(path)) ? once(() => compress(plain)) : undefined,
  };
}

const compress = promisify<Buffer, Buffer>(brotliCompress);

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
