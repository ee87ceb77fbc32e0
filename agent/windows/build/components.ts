/** What the installer ships: each part with version, licence and hash, and the texts of the licences (CycloneDX 1.6). */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { BuiltCodecs } from "./codecs/kept.ts";

export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Of the file that is shipped, or of the npm archive it came in: hexadecimal. */
  readonly sha256?: string;
  readonly sha512?: string;
  /** The package's folder, where its licence lies; npm packages only. */
  readonly folder?: string;
  /** An npm package. */
  readonly npm?: boolean;
}

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/** Debian's sources of the codecs → their licence. */
const CODEC_LICENCES: Readonly<Record<string, string>> = { aom: "BSD-2-Clause", libvpx: "BSD-3-Clause" };
const CODEC_FILES: Readonly<Record<string, string>> = { aom: "aom.dll", libvpx: "vpx.dll" };

/** The npm packages of these folders, with the hashes of package-lock.json. */
export async function packageComponents(root: string, folders: readonly string[]): Promise<Component[]> {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const components: Component[] = [];
  for (const folder of folders) {
    const { name, version, license } = await packageJson(folder);
    if (!name || !version) continue; // a folder within a package
    if (!license) throw new Error(`${name} does not say its licence`);
    const key = relative(root, folder).replace(/^.*?node_modules\//, "node_modules/");
    const integrity: string = lock.packages[key]?.integrity ?? "";
    if (!integrity.startsWith("sha512-")) throw new Error(`package-lock.json has no hash of ${key}`);
    const sha512 = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
    components.push({ name, version, licence: license, sha512, folder, npm: true });
  }
  return components;
}

export async function codecComponents({ folder }: BuiltCodecs): Promise<Component[]> {
  const { sources, files } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
  return sources.map(({ source, version }: { source: string; version: string }) => {
    const [licence, file] = [CODEC_LICENCES[source], CODEC_FILES[source]];
    if (!licence || !file) throw new Error(`the licence of ${source} is not known`);
    return { name: file, version, licence, sha256: files[file] };
  });
}

/** File name without ending → text, of every npm package that has one; of the others what their package.json says. */
export async function licencesOf(components: readonly Component[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { name, version, licence, folder } of components) {
    if (!folder) continue;
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file
      ? await readFile(join(folder, file), "utf8")
      : `${name} ${version}: ${licence}\n${await authorOf(folder)}\nhttps://spdx.org/licenses/${licence}.html\n`;
    texts.set(`${name.replace("@", "").replace("/", "-")}-${version}`, text);
  }
  return texts;
}

async function authorOf(folder: string): Promise<string> {
  const { author } = await packageJson(folder);
  return `Copyright (c) ${typeof author === "string" ? author : (author?.name ?? "the authors")}`;
}

async function packageJson(folder: string): Promise<PackageJson> {
  return readFile(join(folder, "package.json"), "utf8").then(JSON.parse, () => ({}));
}

/** https://cyclonedx.org/docs/1.6/json/ */
export function toCycloneDx(o: { version: string; hash: string; components: readonly Component[] }): object {
  const hashesOf = ({ sha256, sha512 }: Component) => [
    ...(sha256 ? [{ alg: "SHA-256", content: sha256 }] : []),
    ...(sha512 ? [{ alg: "SHA-512", content: sha512 }] : []),
  ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": "engawa-agent",
        name: "Engawa agent for Windows",
        version: o.version,
        licenses: [{ expression: "Apache-2.0" }],
        hashes: [{ alg: "SHA-256", content: o.hash }],
      },
    },
    components: o.components.map((component) => ({
      type: "library",
      "bom-ref": `${component.name}@${component.version}`,
      name: component.name,
      version: component.version,
      ...(component.npm ? { purl: `pkg:npm/${component.name.replace("@", "%40")}@${component.version}` } : {}),
      licenses: [{ expression: component.licence }],
      hashes: hashesOf(component),
    })),
  };
}
