/** Where something lies that another account than ours (root) has to reach: each of its parents must let that one pass through. */
import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * In the state folder, if one can pass through its parents; else (a checkout below /root) where Debian keeps such things, with a
 * link to it from the state folder.
 */
export function passablePlace(folder: string, name: string): string {
  const wished = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isPassable(dirname(folder))) {
    chmodSync(folder, 0o711); // pass through, but see nothing: all else in it is root's alone
    return wished;
  }
  const place = join("/var/lib", `engawa-${name}-${statSync(folder).ino}`);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  if (lstatSync(wished, { throwIfNoEntry: false }) === undefined) symlinkSync(place, wished);
  return place;
}

function isPassable(folder: string): boolean {
  const passable = (statSync(folder).mode & 0o001) !== 0;
  return passable && (folder === dirname(folder) || isPassable(dirname(folder)));
}
