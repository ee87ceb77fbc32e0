/** The pictures of the manuals: which there are, and where they lie. Each is made by `npm run screenshots`, of the product as it runs. */

/** A manual is read over thin lines, too. */
export const MAX_PICTURE_BYTES = 150_000;

const FOLDERS = {
  /** viewer/README.md */
  staff: "viewer/pictures",
  /** signaling/README.md, signaling/console/README.md */
  console: "signaling/console/pictures",
  /** agent/README.md */
  office: "agent/pictures",
} as const;

export type Folder = keyof typeof FOLDERS;

export const PICTURES = {
  staff: [
    "sign-in",
    "device-code",
    "new-password",
    "list",
    "pairing",
    "session",
    "ending",
    "interrupted",
    "ended",
    "own",
  ],
  console: ["today", "people", "person", "import", "policy", "policy-effect", "lock", "audit", "documents"],
  office: ["devices", "paper"],
} as const satisfies Readonly<Record<Folder, readonly string[]>>;

export type PictureOf<F extends Folder> = (typeof PICTURES)[F][number];

export const fileOf = <F extends Folder>(folder: F, name: PictureOf<F>): string => `${FOLDERS[folder]}/${name}.webp`;

export const ALL_FILES: readonly string[] = [
  ...PICTURES.staff.map((name) => fileOf("staff", name)),
  ...PICTURES.console.map((name) => fileOf("console", name)),
  ...PICTURES.office.map((name) => fileOf("office", name)),
];
