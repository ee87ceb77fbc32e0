/** One document by its name: from the facts of this moment. */
import type { Desk } from "../organisations/desk.ts";
import type { Block, Document, DocumentName } from "../protocol/console-documents.ts";
import { communicationBlocks } from "./communications.ts";
import { dutyBlocks } from "./duties.ts";
import { type Facts, type FactsWanted, gatherFacts } from "./facts.ts";
import { leafletBlocks } from "./leaflet.ts";
import { placementBlocks } from "./placement.ts";
import { ruleBlocks } from "./rules.ts";

interface Kind {
  readonly title: string;
  readonly blocks: (facts: Facts) => Block[];
  /** Its tables want the paper across. */
  readonly isWide?: boolean;
}

const KINDS: Readonly<Record<DocumentName, Kind>> = {
  rules: { title: "在宅勤務用リモートアクセス運用規程（案）", blocks: ruleBlocks },
  communications: { title: "特定通信の一覧", blocks: communicationBlocks, isWide: true },
  leaflet: { title: "家から職場のパソコンを使う", blocks: leafletBlocks },
  duties: { title: "求められることの対応表", blocks: dutyBlocks, isWide: true },
  placement: { title: "配置（α・α′・β・β′モデル）", blocks: placementBlocks, isWide: true },
};

/** Throws as gatherFacts. */
export const writeDocument = async (desk: Desk, name: DocumentName, wanted: FactsWanted): Promise<Document> =>
  documentOf(name, await gatherFacts(desk, wanted));

export function documentOf(name: DocumentName, facts: Facts): Document {
  const { title, blocks, isWide = false } = KINDS[name];
  const { organisation, at } = facts;
  return { name, title, ...(organisation && { organisation: organisation.name }), at, isWide, blocks: blocks(facts) };
}
