/** Our idea of DXGI's and Direct3D's binary interface, held against the headers of mingw. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { CONSTANTS, guid, INTERFACES, LAYOUTS, METHODS } from "../../agent/native/win32/dxgi-layouts.ts";

const run = promisify(execFile);

async function withSource<T>(lines: readonly string[], use: (source: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "engawa-layouts-"));
  const source = join(folder, "layouts.c");
  const headers = ["initguid.h", "stddef.h", "dxgi1_2.h", "d3d11.h"].map((name) => `#include <${name}>`);
  await writeFile(source, [...headers, ...lines, ""].join("\n"));
  try {
    return await use(source);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compiles C that only asserts; throws with the compiler's words where one is wrong. */
const compile = (assertions: readonly string[]) =>
  withSource(assertions, (source) => run("x86_64-w64-mingw32-gcc", ["-fsyntax-only", source]));
const equal = (c: string, value: number) => `_Static_assert((unsigned)(${c}) == ${value}u, "${c}");`;

test("methods stand where the headers say", () =>
  compile(
    Object.entries(METHODS).flatMap(([type, methods]) =>
      Object.entries(methods).map(([method, place]) => equal(`offsetof(${type}Vtbl, ${method}) / 8`, place)),
    ),
  ));

test("structures have the sizes and fields of the headers", () =>
  compile(
    Object.entries(LAYOUTS).flatMap(([type, { size, fields }]) => [
      equal(`sizeof(${type})`, size),
      ...Object.entries(fields).map(([field, place]) => equal(`offsetof(${type}, ${field})`, place as number)),
    ]),
  ));

test("constants have the values of the headers", () =>
  compile(Object.entries(CONSTANTS).map(([name, value]) => equal(name, value))));

test("a wrong place is noticed", () =>
  expect(compile([equal("offsetof(IDXGIOutput1Vtbl, DuplicateOutput) / 8", 21)])).rejects.toThrow("static assertion"));

test("interfaces have the ids of the headers", async () => {
  const headers = await withSource([], (source) =>
    run("x86_64-w64-mingw32-gcc", ["-E", "-P", source], { maxBuffer: 1 << 26 }),
  );
  for (const [name, id] of Object.entries(INTERFACES)) {
    const definition = new RegExp(`GUID[^;{]*IID_${name}\\b[^;{]*=\\s*{([^;]*)}\\s*;`).exec(headers.stdout)?.[1] ?? "";
    const [first = 0, second = 0, third = 0, ...rest] = (definition.match(/0x[0-9a-f]+/g) ?? []).map(Number);
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(first, 0);
    bytes.writeUInt16LE(second, 4);
    bytes.writeUInt16LE(third, 6);
    bytes.set(rest, 8);
    expect(Buffer.from(guid(id)), name).toEqual(bytes);
  }
});
