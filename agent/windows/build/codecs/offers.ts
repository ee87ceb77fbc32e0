/**
 * Which version of a library is taken: no particular one, because a mirror offers today's only. What is wanted is taken from the
 * release that has it and is the most settled (its security updates come as new versions of it); where none has it, or none of
 * those can be fetched and built, what will do is taken, the newest first.
 */
import { join } from "node:path";
import type { DebianReleases } from "./debian-releases.ts";
import { type DebianSources, isAtLeast, newestFirst, type SourceVersion } from "./debian-source.ts";

export interface Need {
  /** Debian's source package. */
  readonly source: string;
  /** The version from which on it is as good as we want it. */
  readonly wanted: string;
  /** The version from which on it will do. */
  readonly minimum: string;
}

export interface Offer extends SourceVersion {
  readonly release: string;
  readonly sources: DebianSources;
}

/** In the order in which they are to be tried. */
export async function* offersOf(need: Need, debian: DebianReleases): AsyncGenerator<Offer> {
  const { source, wanted, minimum } = need;
  const willDo: Offer[] = [];
  for (const release of debian.names) {
    const sources = await debian.sourcesOf(release);
    for (const version of await sources.versionsOf(source)) {
      if (!(await isAtLeast(version, minimum))) continue;
      const offer = { source, version, release, sources };
      if (await isAtLeast(version, wanted)) yield offer;
      else willDo.push(offer);
    }
  }
  for (const version of await newestFirst(willDo.map((offer) => offer.version)))
    yield* willDo.filter((offer) => offer.version === version);
}

/**
 * Unpacks the offers one by one, each as `source` in a folder of its own in `place`, until `use` accepts such a folder. Throws, in words, what was wrong with each
 * when none is left; `passedOver` hears it while there are others.
 */
export async function takeOffer(
  need: Need,
  o: {
    debian: DebianReleases;
    place: string;
    use(folder: string): Promise<void>;
    passedOver(why: string): void;
  },
): Promise<SourceVersion> {
  const problems: string[] = [];
  const unusable = new Set<string>();
  for await (const { source, version, release, sources } of offersOf(need, o.debian)) {
    if (unusable.has(version)) continue; // offered by a second release
    try {
      const folder = join(o.place, release, version);
      await sources.unpack({ source, version }, join(folder, "source"));
      unusable.add(version);
      await o.use(folder);
      return { source, version };
    } catch (error) {
      const why = `${source} ${version} (${release}): ${error instanceof Error ? error.message : String(error)}`;
      problems.push(why);
      o.passedOver(why);
    }
  }
  const all = [...problems, ...(await o.debian.problems())];
  throw new Error(
    [
      `No usable source of ${need.source} ${need.minimum} or newer was found in Debian's ${o.debian.names.join(", ")}.`,
      ...(all.length > 0 ? all : ["They offer only older ones."]),
    ].join("\n"),
  );
}
