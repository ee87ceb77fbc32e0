/** Around the documents; what they say themselves comes from the server, in Japanese. */
export const documentsJa = {
  title: "帳票",
  about:
    "いまの設定と決まりから作ります。点線の枠は、団体で決めて書くところです。決まりを変えたら、作り直してください。",
  back: "決まりにもどる",
  place: "だれの帳票か",
  server: "サーバー全体",
  which: "帳票の種類",
  rules: "運用規程（案）",
  communications: "特定通信の一覧",
  leaflet: "職員向けリーフレット",
  duties: "求められることの対応表",
  placement: "配置（α・α′・β・β′）",
  print: "印刷する",
  made: "{at} 作成",
  command: "ファイルにするとき（中継の設定も入ります）：",
} as const;

export type DocumentsKey = keyof typeof documentsJa;
