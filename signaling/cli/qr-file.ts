/** The QR code as a picture, for consoles in which block letters take two columns and no camera reads them. */
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import qrcode from "qrcode";
import { CommandError } from "./command-line.ts";

/** As the administrator names it. */
export function svgFile(path: string): string {
  if (!path.endsWith(".svg")) throw new InvalidArgumentError("the file's name must end in .svg");
  return path;
}

/**
 * Does `act` with a place kept free for its `otpauth`, and writes that there: a file that cannot be made, or is there already, is
 * known before anything has changed. It holds the secret of the codes: readable by its owner only. Nothing is left where there
 * is none yet.
 */
export async function withQrFile<T extends object>(path: string | undefined, act: () => Promise<T>): Promise<T> {
  if (path === undefined) return act();
  const file = openNew(path);
  try {
    const done = await act();
    const { otpauth } = done as { otpauth?: string };
    if (otpauth === undefined) rmSync(path, { force: true });
    else writeFileSync(file, await qrcode.toString(otpauth, { type: "svg", errorCorrectionLevel: "M" }));
    return done;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`The QR code cannot be written, so nothing was changed: ${why}`);
  }
}

export const qrFileWords = (path: string | undefined): string[] =>
  path === undefined
    ? []
    : [
        `The QR code is also in ${path}. Delete that file as soon as it has been scanned: whoever has it has the codes.`,
      ];
