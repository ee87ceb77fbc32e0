/** A real collector of records (Debian's rsyslog) in a process of its own: RFC 5424 over TLS on 127.0.0.1, into a file. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../signaling/quickstart/ports.ts";
import type { Collector } from "../../signaling/shipping/settings.ts";
import { answers } from "./mail-server.ts";
import { makeTestCa, type TestCa } from "./test-ca.ts";
import { until } from "./until.ts";

export interface ReceivedLine {
  readonly app: string;
  readonly kind: string;
  readonly data: string;
  readonly message: Record<string, unknown>;
}

export class TestCollector {
  readonly settings: Collector;
  readonly #folder: string;
  readonly #config: string;
  #stop: (() => Promise<void>) | undefined;

  private constructor(folder: string, port: number, ca: TestCa) {
    this.#folder = folder;
    this.#config = join(folder, "rsyslog.conf");
    this.settings = { host: "127.0.0.1", port, ca: ca.ca };
    const at = (name: string, content: string) => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const files = { CA: at("ca.pem", ca.ca), Cert: at("cert.pem", ca.chain), Key: at("key.pem", ca.key) };
    const named = Object.entries(files).map(([what, path]) => `defaultNetstreamDriver${what}File="${path}"`);
    at(
      "rsyslog.conf",
      `global(workDirectory="${folder}" defaultNetstreamDriver="gtls" ${named.join(" ")})
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="whole" type="string" string="%app-name% %msgid% %structured-data%%msg%\\n")
action(type="omfile" file="${join(folder, "received")}" template="whole")
`,
    );
  }

  static async open(): Promise<TestCollector> {
    const folder = mkdtempSync(join(tmpdir(), "engawa-collector-"));
    const collector = new TestCollector(folder, await freePort(undefined, "127.0.0.1"), await makeTestCa());
    await collector.start();
    return collector;
  }

  async start(): Promise<void> {
    const args = ["-n", "-f", this.#config, "-i", join(this.#folder, "pid")];
    const child = spawn("rsyslogd", args, { stdio: "ignore" });
    const exited = once(child, "exit");
    this.#stop = async () => {
      child.kill();
      await exited;
    };
    await until("the collector listens", () => answers(this.settings.port));
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  received(): ReceivedLine[] {
    const path = join(this.#folder, "received");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const [, app = "", kind = "", data = "", json = ""] = /^(\S+) (\S+) (\[[^\]]*\]) ?(.*)$/.exec(line) ?? [];
      return { app, kind, data, message: JSON.parse(json) };
    });
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
