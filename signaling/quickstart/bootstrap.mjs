/**
 * `npm start`, `npm test`, `npm run bench`: prepares a machine that has nothing but npm and some Node ≥ 20, then hands over
 * to the pinned Node 24. Plain JavaScript without dependencies: it runs before anything is installed.
 *
 *   npm packages ─▶ Debian packages (as root, by sudo -n, or says what to type) ─▶ the account of the virtual office ─▶ start | test | bench
 */
import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { morePackages, PACKAGES } from "./packages.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NODE = join(ROOT, "node_modules/.bin/node");
const PROGRAMS = {
  start: "signaling/quickstart/start.ts",
  test: "signaling/quickstart/test.ts",
  bench: "test/bench/main.ts",
  screenshots: "test/pictures/main.ts",
};
/** The account under which the virtual office's programs run when we are root: the input method's server refuses root. */
const OFFICE_USER = "engawa-office";
const isRoot = process.getuid?.() === 0;

const say = (japanese, english) => process.stdout.write(`${japanese}\n  ${english}\n`);

function fail(japanese, english) {
  process.stderr.write(`\n${japanese}\n  ${english}\n`);
  process.exit(1);
}

/** Runs to the end. Output of a success is not shown; the end of a failure's is, unless `quiet`. `onLine` sees stdout as it comes. */
function run(command, args, { quiet = false, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let rest = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      stdout += chunk;
      if (onLine === undefined) all += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      all += chunk;
    });
    const done = (status, error) => {
      const lines = `${all}${error?.message ?? ""}`.trimEnd().split("\n");
      if (status !== 0 && !quiet) process.stderr.write(`${lines.slice(-30).join("\n")}\n`);
      resolve({ status, stdout, missing: error?.code === "ENOENT" });
    };
    child.on("error", (error) => done(127, error));
    child.on("close", (status) => done(status ?? 1));
  });
}

// ── npm ──────────────────────────────────────────────────────────────────────────────────────────────

/** node_modules holds every package of the lock file in its version. Optional ones may belong to another system. */
function npmIsComplete() {
  const installedFile = join(ROOT, "node_modules/.package-lock.json");
  if (!existsSync(installedFile) || !existsSync(NODE)) return false;
  const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const installed = read(installedFile);
  return Object.entries(read(join(ROOT, "package-lock.json"))).every(
    ([path, { version, optional }]) => path === "" || optional === true || installed[path]?.version === version,
  );
}

const NPM_OPTIONS = ["--include=dev", "--include=optional", "--no-audit", "--no-fund"];

async function ensureNpmPackages() {
  if (npmIsComplete()) return;
  if (lstatSync(join(ROOT, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail(
      "node_modules がリンクで、内容が古いままです。",
      "node_modules is a link and not up to date: run npm ci where it points to.",
    );
  }
  say("npm のパッケージを入れています…", "Installing the npm packages…");
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const npmDoes = async (verb, options) =>
    (await run(command[0], [...command.slice(1), ...verb, ...NPM_OPTIONS], options)).status === 0;
  // npm ci refuses a lock file that lacks other systems' optional packages, which npm install itself leaves out where a
  // registry has none of them; npm install takes the same versions with the same hashes.
  if (!(await npmDoes(["ci"], { quiet: true })) && !(await npmDoes(["install", "--no-save"]))) {
    fail("npm のパッケージを入れられませんでした。上の表示をご覧ください。", "npm failed: see above.");
  }
  if (!existsSync(NODE)) {
    fail(
      `固定版の Node がこの機種（${process.platform} ${process.arch}）にありません。`,
      `There is no pinned Node for ${process.platform} ${process.arch}.`,
    );
  }
}

// ── Debian packages ──────────────────────────────────────────────────────────────────────────────────

async function missingDebianPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  const args = ["-W", "-f", "${Package} ${db:Status-Status}\n", ...names];
  const result = await run("dpkg-query", args, { quiet: true });
  if (result.missing) {
    fail(
      `Debian 以外では、次に当たるものをご用意ください：${names.join(" ")}`,
      `This is no Debian system. What is needed, by Debian's names: ${names.join(" ")}`,
    );
  }
  const lines = result.stdout.split("\n").filter((line) => line.endsWith(" installed"));
  const installed = new Set(lines.map((line) => line.split(" ")[0]));
  return names.filter((name) => !installed.has(name));
}

const asRoot = (command, args, options) =>
  isRoot ? run(command, args, options) : run("sudo", ["-n", command, ...args], options);

/** Programs that Debian's packages start as services of the system: package → service. */
const SERVICES = { coturn: "coturn", "postgresql-15": "postgresql", haproxy: "haproxy" };

/**
 * Debian starts these as services of the system when they are installed, and at every boot. The demo runs its own: for the time of
 * the installation a policy-rc.d (if the machine has none) denies their start, afterwards they are disabled; and PostgreSQL's
 * package makes no cluster. What was there before is not touched: then it is not in the list of what is missing.
 */
async function withoutServices(missing, install) {
  const services = missing.filter((name) => Object.hasOwn(SERVICES, name)).map((name) => SERVICES[name]);
  if (services.length === 0) return install();
  const cases = services.map((name) => `[ "$1" = ${name} ] && exit 101\n`).join("");
  const files = [{ path: "/usr/sbin/policy-rc.d", mode: "755", text: `#!/bin/sh\n${cases}exit 0\n` }];
  if (services.includes("postgresql"))
    files.push({
      path: "/etc/postgresql-common/createcluster.d/engawa.conf",
      mode: "644",
      text: "create_main_cluster = false\n",
    });
  const ours = files.filter(({ path }) => !existsSync(path));
  for (const { path, mode, text } of ours) await putAsRoot(path, mode, text);
  try {
    const status = await install();
    if (status === 0) for (const name of services) await asRoot("update-rc.d", [name, "disable"], { quiet: true });
    return status;
  } finally {
    await asRoot("rm", ["-f", ...ours.map(({ path }) => path)]);
  }
}

async function putAsRoot(path, mode, text) {
  const folder = mkdtempSync(join(tmpdir(), "engawa-"));
  writeFileSync(join(folder, "file"), text);
  await asRoot("install", ["-D", "-m", mode, join(folder, "file"), path]);
  rmSync(folder, { recursive: true });
}

/** Prints apt's own figures (apt-get's APT::Status-Fd: `dlstatus:1:12.5:…`, `pmstatus:NAME:40.0:…`) each time they grew by ten. */
function progress() {
  const shown = { dlstatus: 0, pmstatus: 0 };
  const words = { dlstatus: "ダウンロード downloaded", pmstatus: "導入 installed" };
  return (line) => {
    const [, kind, percent] = /^(dlstatus|pmstatus):[^:]*:([0-9.]+):/.exec(line) ?? [];
    if (kind === undefined || percent < shown[kind] + 10) return;
    shown[kind] = Math.floor(percent / 10) * 10;
    process.stdout.write(`  ${words[kind]} ${shown[kind]} %\n`);
  };
}

async function aptInstall(missing) {
  const lists = "/var/lib/apt/lists";
  const haveLists = existsSync(lists) && readdirSync(lists).some((name) => name.includes("_Packages"));
  const always = ["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0", "-o", "APT::Status-Fd=3"];
  // The progress figures come out where programs print, everything else where they complain. (apt closes the figures' fd for
  // dpkg, so it cannot be 1; and sudo passes on none above 2, so it is made on the other side of it.)
  const shell = ["DEBIAN_FRONTEND=noninteractive", "sh", "-c", 'exec apt-get "$@" 3>&1 1>&2', "apt-get"];
  const apt = async (args, options) => (await asRoot("env", [...shell, ...always, ...args], options)).status;
  const install = (quiet) =>
    apt(["install", "-y", "--no-install-recommends", ...missing], { quiet, onLine: progress() });
  if (haveLists && (await install(true)) === 0) return 0;
  // The lists were missing, or so old that the files they name are gone.
  say("パッケージの一覧を更新しています…", "Updating the package lists…");
  await apt(["update"]); // somebody else's list may be out of reach: what counts is whether these packages come
  return install(false);
}

async function ensureDebianPackages(verb, args) {
  const missing = await missingDebianPackages([...PACKAGES[verb], ...morePackages(verb, args)]);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const mayInstall = isRoot || (await run("sudo", ["-n", "true"], { quiet: true })).status === 0;
  if (!mayInstall) {
    fail(
      `Debian のパッケージが ${missing.length} 個足りません。次を実行してから、もう一度お試しください。`,
      `${missing.length} Debian packages are missing. Run this, then try again:\n\n    sudo apt-get update && sudo ${command}\n`,
    );
  }
  say(
    `Debian のパッケージを ${missing.length} 個入れています（数分かかることがあります）…`,
    `Installing ${missing.length} Debian packages (may take minutes): ${isRoot ? "" : "sudo "}${command}`,
  );
  if ((await withoutServices(missing, () => aptInstall(missing))) !== 0) {
    fail(
      "パッケージを入れられませんでした。上の表示をご覧ください。",
      `Could not install them: see above. To try by hand:\n\n    sudo apt-get update && sudo ${command}\n`,
    );
  }
}

async function ensureOfficeUser() {
  if (!isRoot || (await run("getent", ["passwd", OFFICE_USER], { quiet: true })).status === 0) return;
  const args = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/bash"];
  if ((await run("useradd", [...args, OFFICE_USER])).status !== 0) {
    fail(`利用者 ${OFFICE_USER} を作れませんでした。`, `Could not create the user ${OFFICE_USER}.`);
  }
}

// ── hand over ────────────────────────────────────────────────────────────────────────────────────────

/** A signal may come to us alone or, from the terminal, to all of us; the program takes the second one for the first. */
function handOver(program, args) {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(ROOT, ".cache/compile") };
  const child = spawn(NODE, [join(ROOT, program), ...args], { cwd: ROOT, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail("起動できませんでした。", error.message));
  child.on("exit", (status, signal) => process.exit(status ?? 128 + (constants.signals[signal] ?? 0)));
}

const [verb = "", ...args] = process.argv.slice(2);
if (!Object.hasOwn(PROGRAMS, verb)) {
  fail("使い方：npm start、npm test、npm run bench", "usage: bootstrap.mjs start|test|bench|screenshots [options]");
}
if (process.platform !== "linux") fail("この版は Linux で動きます。", "This version runs on Linux.");
// su without a login shell leaves these out, and useradd, nft and update-rc.d live there
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
await ensureNpmPackages();
await ensureDebianPackages(verb, args);
await ensureOfficeUser();
handOver(PROGRAMS[verb], args);
