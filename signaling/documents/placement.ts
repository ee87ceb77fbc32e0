/** 配置: which piece stands where in the models α, α′, β and β′, and what crosses which border. */
import type { Block } from "../protocol/console-documents.ts";
import { drawingOf, type Way, type Zone } from "./drawing.ts";
import type { Facts } from "./facts.ts";
import { blank, heading, list, note, type Said, table, text } from "./parts.ts";
import { sourceBlocks } from "./sources.ts";

interface Model {
  readonly name: string;
  /** As far as it could be read. */
  readonly what: string;
  readonly zones: (labels: Labels) => readonly Zone[];
  readonly ways: (labels: Labels) => readonly Way[];
  /** In words, for who does not see the drawing; and what to decide. */
  readonly words: string;
  readonly decide: readonly Said[];
}

/** What stands on the arrows. */
interface Labels {
  readonly outside: string;
  readonly inside: string;
  readonly relay: string;
}

const HOME: Zone = {
  name: ["自宅など", "（インターネット）"],
  pieces: [{ id: "viewer", lines: ["ブラウザー", "（何も入れない）"] }],
};
const DMZ: Zone = {
  name: ["公開の区画（DMZ）", "LGWAN-ASPなど"],
  pieces: [
    { id: "outside", lines: ["外側の入口（edge）"] },
    { id: "signaling", lines: ["シグナリング", "と記録"] },
    { id: "inside", lines: ["内側の入口（edge）"] },
    { id: "relay", lines: ["中継（coturn）"] },
  ],
};
const PC = { id: "pc", lines: ["庁内パソコン", "（agent）"] } as const;
const free = undefined;

const LGWAN_PC: Zone = { name: ["LGWAN接続系", "業務端末・業務システム"], pieces: [free, free, PC] };
const INTERNET_PC: Zone = { name: ["インターネット接続系", "主な業務端末"], pieces: [free, free, PC] };

const usual = ({ outside, inside, relay }: Labels): Way[] => [
  { from: "viewer", to: "outside", label: outside },
  { from: "pc", to: "inside", label: inside },
  { from: "pc", to: "relay", label: relay },
];

const MODELS: readonly Model[] = [
  {
    name: "αモデル",
    what: "主な業務端末と業務システムをLGWAN接続系に置く構成（三層の対策）。",
    zones: () => [HOME, DMZ, LGWAN_PC],
    ways: usual,
    words:
      "自宅のブラウザーは、公開の区画にある外側の入口へつなぐ。LGWAN接続系の庁内パソコンは、公開の区画にある内側の入口と中継へ、外向きにつなぐ。両者が直接につながることはない。",
    decide: [
      "公開の区画からLGWAN接続系へ向かって始まる通信はありません。許すのは、庁内パソコンから内側の入口と中継への通信だけです。",
      "庁内から公開の区画へは、LGWANを通るか、団体のファイアウォールの特定通信とします。どちらかは、LGWAN-ASPの接続の審査とあわせて決めます。",
    ],
  },
  {
    name: "α′モデル",
    what: "αモデルのまま、LGWAN接続系から、許した外部のクラウドサービスへ直接つなぐ道（ローカルブレイクアウト）を足した構成（令和6年10月版）。",
    zones: () => [
      HOME,
      DMZ,
      LGWAN_PC,
      {
        name: ["許したクラウド", "（インターネット）"],
        pieces: [free, free, { id: "cloud", lines: ["クラウドサービス"], isOther: true }],
      },
    ],
    ways: (labels) => [...usual(labels), { from: "pc", to: "cloud", label: "この製品は使わない" }],
    words: "αモデルと同じ。庁内パソコンからクラウドサービスへの道もあるが、この製品の通信はそこを通らない。",
    decide: [
      "この製品の通信は、ローカルブレイクアウトを通しません。宛先の許可の一覧に、この製品の入口を足さないでください。",
      "庁内パソコンがクラウドにつながる分、在宅中の画面にもクラウドの内容が映ります。扱ってよい情報を規程で決めます。",
    ],
  },
  {
    name: "βモデル",
    what: "主な業務端末（とグループウェアなど）をインターネット接続系に移し、業務システムはLGWAN接続系に残す構成。",
    zones: () => [
      HOME,
      DMZ,
      INTERNET_PC,
      {
        name: ["LGWAN接続系", "業務システム"],
        pieces: [free, free, { id: "system", lines: ["業務システム", "（仮想端末など）"], isOther: true }],
      },
    ],
    ways: (labels) => [...usual(labels), { from: "pc", to: "system", label: "団体の画面転送" }],
    words:
      "庁内パソコンはインターネット接続系にあり、内側の入口と中継へ外向きにつなぐ。LGWAN接続系の業務システムへは、庁内パソコンから、団体がすでに持つ画面転送でつなぐ。",
    decide: [
      "在宅の職員には、庁内パソコンの画面に映ったLGWAN接続系の画面も見えます（画面転送の二重）。見せてよいかを決めます。",
      "LGWAN接続系の端末にもagentを入れるなら、その端末はαモデルと同じ通信になります。",
      ["内側の入口をどこに置くか: ", blank("団体の公開の区画・都道府県の自治体情報セキュリティクラウドなど")],
    ],
  },
  {
    name: "β′モデル",
    what: "βモデルから、業務システムもインターネット接続系に移す構成。",
    zones: () => [
      HOME,
      DMZ,
      {
        name: ["インターネット接続系", "業務端末・業務システム"],
        pieces: [free, free, PC, { id: "system", lines: ["業務システム"], isOther: true }],
      },
      {
        name: ["LGWAN接続系", "残るもの"],
        pieces: [free, free, { id: "rest", lines: ["LGWANのサービス"], isOther: true }],
      },
    ],
    ways: (labels) => [...usual(labels), { from: "pc", to: "rest", label: "団体の仕組み" }],
    words:
      "庁内パソコンと業務システムがインターネット接続系にある。この製品の通信はβモデルと同じで、LGWAN接続系との間には何も通らない。",
    decide: [
      "この製品の通信はLGWAN接続系を通りません。庁内パソコンの側の対策（不正な動きの検知など）は、団体の構成の要件によります。",
      ["内側の入口をどこに置くか: ", blank("団体の公開の区画・都道府県の自治体情報セキュリティクラウドなど")],
    ],
  },
];

const PLACES: readonly (readonly Said[])[] = [
  ["ブラウザー（viewer）", "自宅の貸与端末", "同じ", "同じ", "同じ"],
  ["外側の入口（edge）", "公開の区画", "同じ", "同じ", "同じ"],
  ["シグナリングと記録", "公開の区画", "同じ", "同じ", "同じ"],
  ["内側の入口（edge）", "公開の区画のLGWAN側", "同じ", "公開の区画の庁内側", "公開の区画の庁内側"],
  ["中継（coturn）", "公開の区画", "同じ", "同じ", "同じ"],
  ["管理画面", "庁内側だけの待ち受け", "同じ", "同じ", "同じ"],
  ["庁内パソコン（agent）", "LGWAN接続系", "LGWAN接続系", "インターネット接続系", "インターネット接続系"],
  ["マイナンバー利用事務系", "入れない", "入れない", "入れない", "入れない"],
];

export function placementBlocks(facts: Facts): Block[] {
  const labels = labelsOf(facts);
  return [
    note(
      ["団体の構成は、", blank("α・α′・β・β′"), "です。枠に書き、その構成の図と表を使ってください。"],
      "構成の説明は、ガイドラインの解説記事によります。要件（外部監査、端末の対策など）は、現行版の本文を確かめてください。",
      "マイナンバー利用事務系は、他の領域と通信できないようにするのが原則なので、agentを入れない前提で書いています。",
    ),
    table("どこに何を置くか", ["もの", "α", "α′", "β", "β′"], PLACES),
    ...MODELS.flatMap(({ name, what, zones, ways, words, decide }): Block[] => [
      heading(name),
      text(what),
      { kind: "drawing", caption: `${name}の配置`, drawing: drawingOf(words, zones(labels), ways(labels)) },
      list(...decide),
    ]),
    heading("境界を越える通信"),
    list(
      `自宅 → 公開の区画：${labels.outside}（ページ、呼び出し、画面と操作）`,
      `庁内 → 公開の区画：${labels.inside}（登録、呼び出し、UDPが通らないときの画面と操作）`,
      `庁内 → 公開の区画：${labels.relay}（画面と操作）`,
      "公開の区画 → 庁内：始まる通信はない",
    ),
    text("宛先のアドレスと、サーバーどうしの通信は、「特定通信」の帳票にあります。"),
    ...sourceBlocks(["guideline", "layers"]),
  ];
}

function labelsOf({ settings }: Facts): Labels {
  const [origin = "https://?"] = settings.outside.origins;
  const udp = settings.turn.insideUrls.find((url) => /^turn:/.test(url) && !url.endsWith("=tcp"));
  const [, port] = /:(\d+)(?:\?|$)/.exec(udp ?? "") ?? [];
  return {
    outside: `TCP ${new URL(origin).port || "443"}`,
    inside: `TCP ${new URL(settings.inside.url).port || "443"}`,
    relay: udp === undefined ? "TCP（TURN/TLS）" : `UDP ${port ?? "3478"}`,
  };
}
