import { expect, test } from "vitest";
import { createLog } from "../../signaling/log.ts";

test("a secret that comes along is cut out, on the top and two levels below", () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => lines.push(line) } });
  const secrets = { password: "s3cret", code: "s3cret", token: "s3cret", sdp: "s3cret", "set-cookie": "s3cret" };
  log.info({ ...secrets, login: "sato" }, "top");
  log.info({ body: secrets }, "below");
  log.info({ request: { headers: { cookie: "s3cret", authorization: "s3cret" } } }, "two below");
  log.child({ credential: "s3cret" }).info("child");
  expect(lines).toHaveLength(4);
  expect(lines.join("")).not.toContain("s3cret");
  expect(lines[0]).toContain('"login":"sato"');
});
