/** What the agent asks of Windows about its network and its services, and the window in which the doctor speaks. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import koffi from "koffi";
import { describe, expect, test } from "vitest";
import { serviceFinding } from "../../../agent/cli/screen-doctor.ts";
import { serviceState } from "../../../agent/native/win32/service-query.ts";
import { Network } from "../../../agent/network/network.ts";
import { ProxyText } from "../../../agent/network/proxy.ts";
import { ConnectProxy } from "../../support/connect-proxy.ts";
import { until } from "../../support/until.ts";

describe("services", () => {
  test("are told apart: running, stopped, not there", async () => {
    await until("a service that Windows starts by itself runs", async () => serviceState("PlugPlay") === "running");
    expect(serviceState("MSIServer")).toBe("stopped");
    expect(serviceState("NoSuchService")).toBe("missing");
  });

  test("of ours that are not installed are a finding", () => {
    expect(serviceFinding("EngawaAgent", "通信", serviceState("EngawaAgent"))).toMatchObject({ ok: false });
    expect(serviceFinding("EngawaAgent", "通信", "running")).toMatchObject({ ok: true });
  });
});

describe("the network", () => {
  test("trusts what the certificate store of Windows holds, if told to", async () => {
    const network = await Network.open({ proxy: { kind: "direct" }, caFile: "windows" });
    expect(network.authorities.length).toBeGreaterThan(0);
    for (const pem of network.authorities) expect(pem).toContain("BEGIN CERTIFICATE");
  });

  test("goes through the proxy that a PAC file of this PC names", async () => {
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const credentials = { user: "u", password: "p" };
    const proxy = await ConnectProxy.start({ ports: { "server.invalid:443": port }, credentials });
    const file = join(tmpdir(), "プロキシー.pac");
    await writeFile(file, `function FindProxyForURL() { return "PROXY 127.0.0.1:${proxy.port}"; }`);
    const url = pathToFileURL(file).href;
    expect(url).toMatch(/^file:\/\/\/[A-Z]:/);
    const setting = ProxyText.parse(`pac+${url.replace("file://", "file://u:p@")}`);
    const network = await Network.open({ proxy: setting, proxyHosts: ["127.0.0.1"], caFile: undefined });
    const socket = await network.connect({ host: "server.invalid", port: 443 });
    const [said] = (await once(socket, "data")) as [Buffer];
    expect(said.toString()).toBe("hello");
    expect(proxy.credentials).toEqual([undefined, "u:p"]); // only when it had asked
    socket.destroy();
    await proxy.close();
    server.close();
  });
});

describe("the doctor's window", () => {
  test("shows its words, and its process goes on when it is closed", async () => {
    const user32 = koffi.load("user32.dll");
    const find = user32.func("void *__stdcall FindWindowW(str16 class, str16 title)");
    const child = user32.func("void *__stdcall FindWindowExW(void *parent, void *after, str16 class, str16 title)");
    const getText = user32.func(
      "intptr __stdcall SendMessageW(void *window, uint32 message, uintptr chars, _Out_ void *text)",
    );
    const post = user32.func("int __stdcall PostMessageW(void *window, uint32 message, uintptr w, intptr l)");
    const [wmGetText, wmClose] = [0x0d, 0x10];
    const dialog = pathToFileURL("agent/native/win32/dialog.ts").href;
    const words = "○ 中継: 使えます。\n\n× 時計: ずれています。";
    const program = `const { showText } = await import(${JSON.stringify(dialog)});
      showText({ title: "診断の窓", text: ${JSON.stringify(words)} });
      process.exit(7);`;
    const shown = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
    const exit = once(shown, "exit");
    await until("the window is there", async () => Boolean(find(null, "診断の窓")));
    const window = find(null, "診断の窓");
    const text = Buffer.alloc(1_000);
    await until("its text is there", async () => {
      const edit = child(window, null, "EDIT", null);
      return Boolean(edit) && Number(getText(edit, wmGetText, text.length / 2, text)) > 0;
    });
    expect(text.toString("utf16le").replace(/\0.*$/s, "")).toBe(words.replaceAll("\n", "\r\n"));
    post(window, wmClose, 0, 0);
    expect((await exit)[0]).toBe(7);
  });
});
