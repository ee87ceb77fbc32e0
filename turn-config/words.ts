/** What each check means and what to do when it fails, in Japanese and English. */
export type Language = "ja" | "en";
export type CheckId =
  | "answers"
  | "no-credentials"
  | "wrong-password"
  | "expired"
  | "allocates"
  | "ipv6-allocation"
  | "peer"
  | "tcp-relay"
  | "quota"
  | "own-relay"
  | "data";

type Words = { what: string; advice: string };

const WORDS: Record<CheckId, Record<Language, Words>> = {
  answers: {
    ja: {
      what: "中継サーバが応答する",
      advice: "turnserver が動いているか、listening-ip / listening-port、ファイアウォールの UDP を確認してください",
    },
    en: {
      what: "the relay answers",
      advice: "is turnserver running? check listening-ip, listening-port and the firewall's UDP rule",
    },
  },
  "no-credentials": {
    ja: { what: "認証なしの割り当てを拒否する", advice: "no-auth を削除し、use-auth-secret を設定してください" },
    en: { what: "refuses an allocation without credentials", advice: "remove no-auth, set use-auth-secret" },
  },
  "wrong-password": {
    ja: { what: "誤ったパスワードを拒否する", advice: "no-auth を削除し、use-auth-secret を設定してください" },
    en: { what: "refuses a wrong password", advice: "remove no-auth, set use-auth-secret" },
  },
  expired: {
    ja: {
      what: "期限切れの認証情報を拒否する",
      advice: "use-auth-secret を確認し、サーバの時刻を NTP で合わせてください",
    },
    en: { what: "refuses expired credentials", advice: "check use-auth-secret, and the relay's clock (NTP)" },
  },
  allocates: {
    ja: {
      what: "正しい認証情報で割り当て、中継アドレスが正しい",
      advice:
        "static-auth-secret がシグナリングの秘密ファイルと同じか、relay-ip が専用の IPv4 アドレスか、時刻が合っているかを確認してください",
    },
    en: {
      what: "allocates for right credentials, on the right relay address",
      advice:
        "does static-auth-secret equal signaling's secret file? is relay-ip the dedicated IPv4 address? is the clock right?",
    },
  },
  "ipv6-allocation": {
    ja: { what: "IPv6 の割り当てを拒否する", advice: "relay-ip を IPv4 の専用アドレスだけにしてください" },
    en: { what: "refuses an IPv6 allocation", advice: "leave one IPv4 relay-ip only" },
  },
  peer: {
    ja: {
      what: "中継先 {about} を拒否する",
      advice:
        "denied-peer-ip で IPv4 と IPv6 の全範囲を拒否し、allowed-peer-ip は relay-ip だけにしてください（拒否リスト方式では防げません）",
    },
    en: {
      what: "refuses the peer {about}",
      advice:
        "deny all of IPv4 and IPv6 with denied-peer-ip and allow relay-ip only (a list of forbidden networks is not enough)",
    },
  },
  "tcp-relay": {
    ja: { what: "TCP の中継（RFC 6062）を拒否する", advice: "no-tcp-relay を設定してください" },
    en: { what: "refuses relaying TCP (RFC 6062)", advice: "set no-tcp-relay" },
  },
  quota: {
    ja: { what: "一つの利用者名の割り当て数を制限する", advice: "user-quota を設定してください（4 を推奨）" },
    en: { what: "limits the allocations of one user name", advice: "set user-quota (4 is advised)" },
  },
  "own-relay": {
    ja: { what: "自分の中継アドレス {about} は許可する", advice: "allowed-peer-ip に relay-ip を設定してください" },
    en: { what: "permits its own relay address {about}", advice: "set allowed-peer-ip to relay-ip" },
  },
  data: {
    ja: {
      what: "中継どうしの間でデータが双方向に届く",
      advice:
        "中継アドレスがこのホストに付いているか（ip addr）、nftables が中継ポートを塞いでいないかを確認してください",
    },
    en: {
      what: "passes data between two allocations, both ways",
      advice: "is the relay address on this host (ip addr)? does nftables close the relay ports?",
    },
  },
};

export function words(id: CheckId, language: Language, about = ""): Words {
  const { what, advice } = WORDS[id][language];
  return { what: what.replace("{about}", about), advice };
}
