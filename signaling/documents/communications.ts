/**
 * 特定通信: who talks to whom, by the settings of this server and, where it was handed in, of the relay. What neither of them says is a
 * blank; nothing is guessed. For one organisation: what crosses its own borders.
 */
import { isIP } from "node:net";
import type { Block, Line } from "../protocol/console-documents.ts";
import type { Facts } from "./facts.ts";
import { blank, code, heading, list, note, type Said, table, text } from "./parts.ts";
import { sourceBlocks } from "./sources.ts";

/** One row: from whom to whom, and who can read it on the way. */
interface Flow {
  readonly from: Said;
  readonly to: string;
  readonly at: Line;
  readonly by: string;
  readonly what: string;
  readonly sealed: string;
  /** Between servers of the operator: no matter of an organisation. */
  readonly isServers?: true;
}

const HEAD = [
  "番号",
  "送信元（始める側）",
  "宛先",
  "宛先のアドレス",
  "プロトコル・ポート",
  "用途",
  "暗号化と、それを解く所",
];

export function communicationBlocks(facts: Facts): Block[] {
  const flows = flowsOf(facts).filter(({ isServers }) => facts.organisation === undefined || !isServers);
  const rows = flows.map(({ from, to, at, by, what, sealed }, index): Said[] => [
    ...[`${index + 1}`, from, to, at, by, what, sealed],
  ]);
  return [
    note(
      "通信を始めるのは、いつも表の左の側です。家や入口から、庁内のパソコンへ向かって始まる通信はありません（庁内のパソコンが、外の入口へ出ていきます）。",
      "アドレスとポートは、作った日のサーバーの設定です。枠は、この設定からは分からないので、ネットワーク担当が書いてください。",
    ),
    heading("1　許可する通信"),
    table("許可する通信", HEAD, rows),
    heading("2　通らないもの"),
    list(
      "庁内パソコンと家の端末は、直接には通信しません。必ず中継（coturn）を通り、画面と操作は、両端の間で暗号化（DTLS-SRTP）したままです。中継と入口は中身を読めません。",
      "ファイル、クリップボード、印刷を送る通信はありません。そのためのプログラムがありません。",
      "外側の入口から、庁内側のアドレスへ行く道はありません。外側は職員の画面、内側は庁内パソコン、管理画面はその待ち受けだけが受け持ちます。",
    ),
    heading("3　ファイアウォールで確かめること"),
    list(
      "表の行ごとに、送信元・宛先・ポートを一つずつ許し、ほかは断ります。戻りの通信は、始まった通信への返事だけです。",
      [
        "中継のホストの規則は、",
        code("turn-config/engawa-turn.nft"),
        "、確かめかたは",
        code("turn-config/README.md"),
        "にあります。",
      ],
      ["経路の機器（L2/L3スイッチ・ファイアウォール）とMACアドレスの限定: ", blank("機器の名前と設定")],
    ),
    text("時刻合わせ（NTP）、名前解決（DNS）、OSの更新は、この製品の通信ではないので、この表にありません。"),
    ...sourceBlocks(["communication", "layers", "guideline"]),
  ];
}

const TLS = "TLS 1.3（入口まで）。画面と操作は、その中でさらにDTLS-SRTP（両端の間）";
const SRTP = "DTLS-SRTP（家の端末と庁内パソコンの間）。中継は解けない";

function flowsOf(facts: Facts): Flow[] {
  const { settings } = facts;
  return [
    ...atHome(facts),
    ...atOffice(facts),
    ...(settings.console === undefined
      ? []
      : settings.console.origins.map(
          (origin): Flow => ({
            from: ["担当の端末（庁内）", blank("担当の端末のアドレス")],
            to: "管理画面",
            at: addressOf(hostOf(origin), settings.console?.listen),
            by: `TCP ${portOf(origin)}`,
            what: "登録、決まり、記録の閲覧",
            sealed: "TLS 1.3（サーバーまで）",
          }),
        )),
    ...amongServers(facts),
  ];
}

function atHome({ settings }: Facts): Flow[] {
  const { origins, listen } = settings.outside;
  const pages = origins.map(
    (origin): Flow => ({
      from: "家の端末のブラウザー",
      to: "外側の入口（edge）",
      at: addressOf(hostOf(origin), listen),
      by: `TCP ${portOf(origin)}`,
      what: "職員のページ、サインイン、呼び出し、画面と操作（TURN）",
      sealed: TLS,
    }),
  );
  const known = new Set(origins.map((origin) => `${hostOf(origin)} ${portOf(origin)}`));
  const relays = (settings.turn.outsideUrls ?? [])
    .map(turnOf)
    .filter(({ host, port }) => !known.has(`${host} ${port}`));
  return [
    ...pages,
    ...relays.map(
      ({ host, port, transport, isTls }): Flow => ({
        from: "家の端末のブラウザー",
        to: "中継の入口",
        at: addressOf(host),
        by: `${transport} ${port}`,
        what: "画面と操作（TURN）",
        sealed: isTls ? TLS : SRTP,
      }),
    ),
  ];
}

function atOffice({ settings, policy }: Facts): Flow[] {
  const { url, listen } = settings.inside;
  const office: Said = ["庁内パソコン（agent）", blank("庁内パソコンのネットワーク")];
  const inside = `${hostOf(url)} ${portOf(url)}`;
  const relays = settings.turn.insideUrls.map(turnOf).filter(({ host, port }) => `${host} ${port}` !== inside);
  const isThrough = relays.length < settings.turn.insideUrls.length;
  return [
    {
      from: office,
      to: "内側の入口（edge）",
      at: addressOf(hostOf(url), listen),
      by: `TCP ${portOf(url)}`,
      what: isThrough ? "登録、呼び出し、画面と操作（UDPが通らないときのTURN）" : "登録、呼び出し",
      sealed: isThrough ? TLS : "TLS 1.3（入口まで）",
    },
    ...relays.map(
      ({ host, port, transport, isTls }): Flow => ({
        from: office,
        to: "中継（coturn）",
        at: addressOf(host),
        by: `${transport} ${port}`,
        what: "画面と操作（TURN）",
        sealed: isTls ? TLS : SRTP,
      }),
    ),
    ...(policy.inForce.wake === false
      ? []
      : [
          {
            from: "庁内パソコン（agent）",
            to: "同じネットワークのスリープ中のパソコン",
            at: ["そのネットワークの中だけ（ブロードキャスト）"],
            by: "UDP 9",
            what: "スリープ中のパソコンを起こす（Wake-on-LAN）",
            sealed: "なし（起こす合図だけ。ルーターを越えない）",
          },
        ]),
  ];
}

function amongServers(facts: Facts): Flow[] {
  return [...handedOver(facts), ...relayed(facts), ...elsewhere(facts)];
}

function handedOver({ settings: { outside, inside } }: Facts): Flow[] {
  const edges = [
    ["外側の入口（edge）", outside.proxied],
    ["内側の入口（edge）", inside.proxied],
  ] as const;
  return edges.flatMap(([from, proxied]): Flow[] =>
    proxied === undefined
      ? []
      : [
          {
            from: [`${from}　`, code(proxied.from)],
            to: "シグナリング",
            at: addressOf(proxied.listen.host),
            by: `TCP ${proxied.listen.port}`,
            what: "ページと呼び出しの受け渡し、セッションの始まりと終わりの知らせ",
            sealed: isLoopback(proxied.listen.host) ? "なし（同じ機械の中）" : "TLS 1.3（シグナリングまで）",
            isServers: true,
          },
        ],
  );
}

const relayed = ({ settings: { turn }, relay }: Facts): Flow[] => [
  {
    from: "入口（edge）",
    to: "中継（coturn）",
    at: addressOf(turn.udp.host),
    by: `UDP ${turn.udp.port}`,
    what: "検査したTURNの受け渡し",
    sealed: SRTP,
    isServers: true,
  },
  {
    from: "中継（coturn）",
    to: "中継アドレス（自分自身）",
    at: relay ? [code(relay.relayIp)] : [blank("中継アドレス（turnserver.confのrelay-ip）")],
    by: relay ? `UDP ${relay.ports.min}～${relay.ports.max}` : "UDP（turnserver.confのmin-port～max-port）",
    what: "セッションの両端をつなぐ。ホストの外へ出ない",
    sealed: SRTP,
    isServers: true,
  },
];

function elsewhere({ settings: { mail, collector, monitoring } }: Facts): Flow[] {
  const flows: Flow[] = [];
  if (mail)
    flows.push({
      from: "シグナリング",
      to: "メールサーバー",
      at: addressOf(mail.host),
      by: `TCP ${mail.port}`,
      what: "サインインのコードのメール",
      sealed: mailSeal(mail),
      isServers: true,
    });
  if (collector)
    flows.push({
      from: "シグナリング",
      to: "監査記録を受けるsyslogサーバー",
      at: addressOf(collector.host),
      by: `TCP ${collector.port}`,
      what: "監査記録",
      sealed: "TLS（syslogサーバーまで）",
      isServers: true,
    });
  if (monitoring)
    flows.push({
      from: ["監視のプログラム", blank("監視のアドレス")],
      to: "シグナリング",
      at: addressOf(monitoring.listen.host),
      by: `TCP ${monitoring.listen.port}`,
      what: "動いているかと、数の読み取り",
      sealed: "なし（HTTP）",
      isServers: true,
    });
  return flows;
}

function mailSeal({ host, secure }: NonNullable<Facts["settings"]["mail"]>): string {
  if (secure) return "TLS（メールサーバーまで）";
  return isLoopback(host) ? "なし（同じ機械の中）" : "STARTTLS（メールサーバーまで）";
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, "");
const portOf = (url: string): number => Number(new URL(url).port || "443");
const isLoopback = (host: string): boolean => host.startsWith("127.") || host === "::1" || host === "localhost";
const isAny = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** A name is no address: what listens there is said with it, or asked for. */
function addressOf(host: string, listen?: { readonly host: string }): Line {
  if (isIP(host) !== 0) return [code(host)];
  if (listen && isIP(listen.host) !== 0 && !isAny(listen.host)) return [code(host), "　", code(listen.host)];
  return [code(host), "　", blank("この名前のIPアドレス")];
}

/** RFC 7065: UDP unless it says otherwise, 3478, and 5349 with TLS. */
function turnOf(url: string): { host: string; port: number; transport: "UDP" | "TCP"; isTls: boolean } {
  const [, scheme, host = "", port, transport] =
    /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(url) ?? [];
  const isTls = scheme === "turns";
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port ?? (isTls ? 5349 : 3478)),
    transport: transport === "tcp" || (transport === undefined && isTls) ? "TCP" : "UDP",
    isTls,
  };
}
