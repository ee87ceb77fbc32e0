/** `agent enrol | run | doctor | devices | locks`: what a person or systemd types. One module per command, loaded when it is used. */
import { Command, Option } from "commander";
import { DEFAULT_STATE_DIR, loadConfig } from "../settings/config.ts";
import { type Print, printer } from "./print.ts";

interface Globals {
  state: string;
  json?: boolean;
}

const program = new Command("agent")
  .description("庁内PC側のエージェント")
  .addOption(new Option("--state <dir>", "状態を置くフォルダー").default(DEFAULT_STATE_DIR))
  .option("--json", "結果を JSON で出力する");

const globals = (): { stateDir: string; print: Print } => {
  const { state, json = false } = program.opts<Globals>();
  return { stateDir: state, print: printer(json, (text) => process.stdout.write(text)) };
};

program
  .command("enrol <token>")
  .description("管理者から受け取ったトークンでこのPCを登録する")
  .option("--replace", "登録済みでも登録し直す")
  .action(async (token: string, { replace = false }: { replace?: boolean }) => {
    const { stateDir, print } = globals();
    const [{ enrol }, { Network }] = await Promise.all([import("../server/enrol.ts"), import("../network/network.ts")]);
    const { paths, ...settings } = await loadConfig(stateDir);
    const network = await Network.open(settings);
    const enrolled = await enrol({ token, replace, network, identityPath: paths.identity });
    print(enrolled, [
      `登録しました: ${enrolled.name}（${enrolled.organisation}、端末ID ${enrolled.terminal}）`,
      `このPCのコード: ${enrolled.code}`,
      "紙に書くなどして、利用者に渡してください。利用者は初めて接続するとき、このコードの一部を画面に打って相手を確かめます。",
    ]);
  });

program
  .command("run")
  .description("接続を待つ")
  .option("--display <name>", "X の画面（既定は環境変数 DISPLAY）", process.env.DISPLAY)
  .option("--xauthority <file>", "X の鍵（既定は環境変数 XAUTHORITY）", process.env.XAUTHORITY)
  .addOption(new Option("--log <level>", "ログの細かさ").choices(["error", "warn", "info", "debug"]).default("info"))
  .action(async (options: Omit<Parameters<typeof import("./run.ts").run>[0], "stateDir">) => {
    const { run } = await import("./run.ts");
    await run({ stateDir: globals().stateDir, ...options });
  });

program
  .command("doctor")
  .description("画面・保護・サーバー・時計・中継を調べ、直し方を示す")
  .option("--display <name>", "X の画面", process.env.DISPLAY)
  .option("--xauthority <file>", "X の鍵", process.env.XAUTHORITY)
  .option("--window", "結果を小さな窓に出す（Windows のみ。文面を選んで写せる）")
  .action(async (options: { display?: string; xauthority?: string; window?: boolean }) => {
    const { stateDir, print } = globals();
    const { display, xauthority, window = false } = options;
    if (window && process.platform !== "win32") throw new Error("--window は Windows でだけ使えます。");
    const [{ examine, report }, { tryDesktop }, { protectionOf }] = await Promise.all([
      import("./doctor.ts"),
      import("./try-desktop.ts"),
      import("./try-protection.ts"),
    ]);
    const screen = { display, xauthority };
    const findings = await examine({
      stateDir,
      ...screen,
      ...protectionOf(screen),
      tryDesktop: () => tryDesktop(screen),
    });
    const { ok, lines } = report(findings);
    print({ ok, findings }, lines);
    process.exitCode = ok ? 0 : 1;
    if (window) {
      const { showText } = await import("../native/win32/dialog.ts");
      showText({ title: "Engawa の診断", text: lines.join("\n\n") });
    }
  });

const devices = program.command("devices").description("このPCに接続してよい利用者端末の一覧");
devices
  .command("list")
  .description("一覧を表示する")
  .action(async () => (await import("./devices.ts")).listDevices(globals()));
devices
  .command("add <code>")
  .description("利用者端末を許可する")
  .requiredOption("--login <login>", "利用者ID")
  .option("--note <text>", "覚え書き")
  .action(async (code: string, options: { login: string; note?: string }) =>
    (await import("./devices.ts")).addDevice({ ...globals(), code, ...options }),
  );
devices
  .command("remove <code>")
  .description("許可を取り消す（使用中なら切断される）")
  .option("--login <login>", "この利用者の分だけ")
  .action(async (code: string, options: { login?: string }) =>
    (await import("./devices.ts")).removeDevice({ ...globals(), code, ...options }),
  );

const locks = program.command("locks").description("管理者が緊急停止し、このPCが締め出しているもの");
locks
  .command("list")
  .description("一覧を表示する")
  .action(async () => (await import("./locks.ts")).listLocks(globals()));
locks
  .command("lift [lock]")
  .description("番号のもの（--all ならすべて）を、このPCで解く")
  .option("--all", "すべて")
  .action(async (lock: string | undefined, { all }: { all?: boolean }) =>
    (await import("./locks.ts")).liftLocks({ ...globals(), lock, all }),
  );

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
