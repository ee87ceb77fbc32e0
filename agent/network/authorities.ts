/**
 * Whose certificates count besides the CA pinned at enrolment: those of `caFile`, if IT set it. Without it, nobody's.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { getCACertificates } from "node:tls";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** PEMs. Rejects with words when the file cannot be read or holds no certificate. */
export async function loadAuthorities(caFile: string | undefined): Promise<string[]> {
  if (caFile === undefined) return [];
  if (caFile === "windows") return fromWindows();
  const text = await readFile(caFile, "utf8").catch((error: Error) => {
    throw new Error(`caFile を読めません: ${error.message}`, { cause: error });
  });
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error(`caFile に PEM 形式の証明書がありません: ${caFile}`);
  for (const pem of found) {
    try {
      new X509Certificate(pem);
    } catch (error) {
      throw new Error(`caFile に壊れた証明書があります: ${caFile}`, { cause: error });
    }
  }
  return found;
}

function fromWindows(): string[] {
  if (process.platform !== "win32") throw new Error('caFile の "windows" は Windows でだけ使えます。');
  return getCACertificates("system");
}
