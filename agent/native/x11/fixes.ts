/** XFixes, as far as several parts need it. */
import { loadLibrary, type Pointer } from "../library.ts";
import type { XConnection } from "./x11.ts";

export const libXfixes = loadLibrary({ file: "libXfixes.so.3", debianPackage: "libxfixes3" });

const x = {
  queryVersion: libXfixes.func("int XFixesQueryVersion(void *display, _Out_ int *major, _Out_ int *minor)") as (
    display: Pointer,
    major: number[],
    minor: number[],
  ) => number,
  createRegion: libXfixes.func("unsigned long XFixesCreateRegion(void *display, void *rectangles, int count)") as (
    display: Pointer,
    rectangles: null,
    count: number,
  ) => number,
};

/** It refuses every other request until its version was asked for. Returns the type of its first event. */
export function openFixes(connection: XConnection): number {
  const { firstEvent } = connection.extension("XFIXES");
  x.queryVersion(connection.display, [0], [0]);
  return firstEvent;
}

export const createEmptyRegion = ({ display }: XConnection): number => x.createRegion(display, null, 0);
