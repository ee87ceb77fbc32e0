/**
 * The Windows Installer package's source, for Debian's `wixl`: each file of the program a component of its own, and our setup.js
 * as the one deferred action that changes the services over or takes them away. Windows Installer runs that action as the system,
 * in place and from Program Files: nothing is unpacked into a folder that others may write to.
 *
 *   files ─▶ setup.js install ─▶ committed ─▶ the version before goes      (a failure: setup.js undoes its own, Windows the files)
 */
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";

/** Says to Windows that two packages are versions of one program: never to be changed. */
const UPGRADE_CODE = "7C1E5B0A-3D52-5F0B-9A86-2B4E8B1C9D37";
/** Of the Start menu's entry, which the next version takes over: never to be changed. */
const SHORTCUT_COMPONENT = "41D3B6F2-9C0E-5A7D-8E15-6F2A7C3B5E90";
/** What IT may give: `msiexec /i EngawaAgent.msi /qn NAME=value`. Windows takes only names in capitals over to the system's part. */
export const MSI_PROPERTIES = ["TOKEN", "TOKENFILE", "SERVER", "PROXY", "CAFILE", "KEEPSTATE"] as const;
/** May hold a password: never in Windows Installer's log. */
const HIDDEN_PROPERTIES = ["TOKEN", "PROXY"] as const;

const NEWER_FOUND =
  "これより新しい版の Engawa エージェントが入っています。古い版に戻すときは、先にアンインストールしてください。";
const SW_SHOWMINNOACTIVE = 7;
/** msidbUpgradeAttributesVersionMinInclusive | …VersionMaxInclusive: another build of the same version is an upgrade, too. */
const MIN_AND_MAX_INCLUSIVE = 0x100 | 0x200;
/** An EXE of the File table (18), deferred (0x400), as the system (0x800), its command line not in the log (0x2000). */
const SETUP_ACTION = 18 | 0x400 | 0x800 | 0x2000;
/** InstallFinalize is 6600. */
const BEFORE_INSTALL_FINALIZE = 6590;

export interface MsiSource {
  readonly version: string;
  /** Paths below the program's folder, with slashes; `wixl` looks for them below its working folder. */
  readonly files: readonly string[];
  /** Of all files' contents: two builds of one version are two products with two folders. */
  readonly hash: string;
}

/** The folder below Program Files\Engawa. */
export const appFolder = ({ version, hash }: Pick<MsiSource, "version" | "hash">): string =>
  `app-${version}-${hash.slice(0, 8)}`;

/** RFC 9562 §5.5, with our upgrade code as the namespace. */
export function guidOf(name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(UPGRADE_CODE.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash.writeUInt8(((hash[6] ?? 0) & 0x0f) | 0x50, 6);
  hash.writeUInt8(((hash[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = hash.toString("hex", 0, 16).toUpperCase();
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function msiSource(source: MsiSource): string {
  const { version, files, hash } = source;
  const given = MSI_PROPERTIES.map((name) => `"${name}=[${name}]"`).join(" ");
  const setup = (verb: string) =>
    xml(
      `"[AppFolder]setup.js" ${verb} --app "[AppFolder]." --state "[CommonAppDataFolder]Engawa" --package "[OriginalDatabase]" ${given}`,
    );
  const action = (id: string, verb: string) =>
    `<CustomAction Id="${id}" FileKey="${idOf("f", "node.exe")}" ExeCommand="${setup(verb)}" Execute="deferred" Impersonate="no" Return="check"/>`;
  const components = [...files.map((file) => idOf("c", file)), "Shortcut"];
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="${guidOf(`product ${version} ${hash}`)}" Name="Engawa" Language="1041" Version="${version}" Manufacturer="Engawa" UpgradeCode="${UPGRADE_CODE}">
<Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Description="Engawa agent ${version}" Languages="1041"/>
<Media Id="1" Cabinet="engawa.cab" EmbedCab="yes"/>
<Property Id="ARPNOMODIFY" Value="1"/>
<Property Id="MSIRESTARTMANAGERCONTROL" Value="Disable"/>
<Property Id="MsiHiddenProperties" Value="${HIDDEN_PROPERTIES.join(";")}"/>
<Upgrade Id="${UPGRADE_CODE}">
<UpgradeVersion Minimum="${version}" IncludeMinimum="no" Maximum="127.255.65535" OnlyDetect="yes" Property="NEWERFOUND"/>
</Upgrade>
<Condition Message="A newer version is installed.">Installed OR NOT NEWERFOUND</Condition>
<Condition Message="64-bit Windows is needed.">VersionNT64</Condition>
<Directory Id="TARGETDIR" Name="SourceDir">
<Directory Id="ProgramMenuFolder"/>
<Directory Id="CommonAppDataFolder"/>
<!-- names in small letters are Windows Installer's private ones: nobody can set the folder -->
<Directory Id="ProgramFiles64Folder"><Directory Id="EngawaFolder" Name="Engawa"><Directory Id="AppFolder" Name="${appFolder(source)}">
${folderXml(source, "")}
</Directory>
<Component Id="Shortcut" Guid="${SHORTCUT_COMPONENT}" Win64="yes">
<Shortcut Id="Doctor" Directory="ProgramMenuFolder" Name="Engawa" Target="[AppFolder]node.exe" Arguments="${xml('"[AppFolder]cli.js" doctor --window')}" WorkingDirectory="AppFolder"/>
<RegistryValue Root="HKLM" Key="Software\\Engawa" Name="App" Type="string" Value="[AppFolder]" KeyPath="yes"/>
</Component>
</Directory></Directory>
</Directory>
<Feature Id="Agent" Level="1">${components.map((id) => `<ComponentRef Id="${id}"/>`).join("")}</Feature>
${action("ChangeOver", "install")}
${action("TakeAway", "uninstall")}
<InstallExecuteSequence>
<Custom Action="TakeAway" After="InstallInitialize">REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE</Custom>
<!-- never in a repair: anybody may start one, and give it properties that the system would then act on -->
<Custom Action="ChangeOver" Before="InstallFinalize">NOT Installed</Custom>
<RemoveExistingProducts After="InstallFinalize"/>
</InstallExecuteSequence>
</Product></Wix>
`;
}

/** `msibuild -i`: without it the library that both programs share falls over the first letter that is not ASCII. */
export const UTF8_CODEPAGE = "\r\n\r\n65001\t_ForceCodepage\r\n";

/** `msibuild -q`: what `wixl` cannot say, and the words in Japanese. */
export const amendments = (version: string): string[] => [
  set("Property", "Value", `'Engawa エージェント'`, "Property = 'ProductName'"),
  set(
    "Property",
    "Value",
    `'${[...MSI_PROPERTIES, "EARLIERFOUND", "NEWERFOUND"].join(";")}'`,
    "Property = 'SecureCustomProperties'",
  ),
  set("LaunchCondition", "Description", `'${NEWER_FOUND}'`, "Condition = 'Installed OR NOT NEWERFOUND'"),
  set("LaunchCondition", "Description", "'64 ビットの Windows 10 以降が必要です。'", "Condition = 'VersionNT64'"),
  set("Shortcut", "Name", "'Engawa 診断'", "Shortcut = 'Doctor'"),
  set("Shortcut", "ShowCmd", SW_SHOWMINNOACTIVE, "Shortcut = 'Doctor'"),
  "INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) " +
    `VALUES ('{${UPGRADE_CODE}}', '0.0.0', '${version}', ${MIN_AND_MAX_INCLUSIVE}, 'EARLIERFOUND')`,
  set("CustomAction", "Type", SETUP_ACTION, "Action = 'ChangeOver'"),
  set("CustomAction", "Type", SETUP_ACTION, "Action = 'TakeAway'"),
  // when all else is done: what fails after it would not be undone
  set("InstallExecuteSequence", "Sequence", BEFORE_INSTALL_FINALIZE, "Action = 'ChangeOver'"),
];

function set(table: string, column: string, value: string | number, where: string): string {
  const [name = "", condition = ""] = where.split(/ = (.*)/s);
  return `UPDATE \`${table}\` SET \`${column}\` = ${value} WHERE \`${name}\` = ${condition}`;
}

function folderXml(source: MsiSource, folder: string): string {
  const { files, hash } = source;
  const within = files.filter((file) => (dirname(file) === "." ? "" : dirname(file)) === folder);
  const below = new Set(
    files
      .filter((file) => file.startsWith(folder && `${folder}/`))
      .flatMap((file) => {
        const [next, ...rest] = file.slice(folder ? folder.length + 1 : 0).split("/");
        return next !== undefined && rest.length > 0 ? [next] : [];
      }),
  );
  const own = within.map(
    (file) =>
      `<Component Id="${idOf("c", file)}" Guid="${guidOf(`${hash} ${file}`)}" Win64="yes"><File Id="${idOf("f", file)}" Name="${xml(basename(file))}" Source="${xml(file)}" KeyPath="yes"/></Component>`,
  );
  const folders = [...below].sort().map((name) => {
    const path = folder ? `${folder}/${name}` : name;
    return `<Directory Id="${idOf("d", path)}" Name="${xml(name)}">\n${folderXml(source, path)}\n</Directory>`;
  });
  return [...own, ...folders].join("\n");
}

/** Of letters and digits only, whatever the path. */
const idOf = (kind: "c" | "d" | "f", path: string): string =>
  `${kind}${createHash("sha256").update(path).digest("hex").slice(0, 24)}`;

const xml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
