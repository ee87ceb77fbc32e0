/** An application for IDs as a file: whom its lines name. Reading one at the console: test/integration/waves-console.test.ts. */
import { expect, test } from "vitest";
import { readApplication } from "../../../signaling/console/wave-file.ts";
import { OrganisationCode, OrganisationId } from "../../../signaling/protocol/ids.ts";

const town = (code: string, name: string) => ({
  ...{ id: OrganisationId.parse(crypto.randomUUID()), code: OrganisationCode.parse(code), name },
});
const read = (text: string, applyFor: ReturnType<typeof town>[]) => {
  const file = readApplication(Buffer.from(text), { applyFor, events: [] });
  if (file.is === "unreadable") throw new Error(file.problem);
  return file.lines.map(({ line, problem }) => line?.organisation.code ?? problem);
};

test("a town is named by its name or its code, however its letters are written", () => {
  const towns = [town("midori", "緑市"), town("aoi", "アオイ町"), town("other", "緑市")];
  expect(read("団体,台数\n緑市,1\nＡＯＩ,1\nあおい町,1\nあお町,1", towns)).toEqual([
    "midori",
    "aoi",
    "twice",
    "no-organisation",
  ]);
});

test("each town's name is looked at once, however many lines there are", () => {
  let looks = 0;
  const name = () => {
    looks += 1;
    return "緑市";
  };
  const watched = Object.defineProperty(town("midori", ""), "name", { get: name });
  const lines = Array.from({ length: 2_000 }, (_, i) => `村${i},1`).join("\n");
  read(`団体,台数\n${lines}`, [watched]);
  expect(looks).toBe(1);
});
