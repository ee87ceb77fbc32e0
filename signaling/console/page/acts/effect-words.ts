/** What an act comes to, loaded with its dialog. */
import type { OwnWords } from "../state/own-words.ts";

const ja = {
  title: "この操作でおきること",
  asking: "影響を確かめています…",
  unknown: "影響を確かめられませんでした。",
  none: "今つないでいる人には影響しません。",
  sessions: "今つないでいる {count} 名の接続が切れます",
  signIns: "{count} 件のサインインが終わります",
  divisions: "部署 {count} 件が移ります",
  devices: "家の端末 {count} 台の登録が外れます",
  grants: "パソコンの割り当て {count} 件が終わります",
  forgets: "職場のパソコン {count} 台に、この端末を忘れるよう伝えます",
  people: "職員 {count} 名に関わります",
  terminals: "パソコン {count} 台に関わります",
};

const en: Readonly<Record<EffectKey, string>> = {
  title: "What it comes to",
  asking: "Finding out what it comes to…",
  unknown: "What it comes to could not be found out.",
  none: "Nobody who is connected now is affected.",
  sessions: "{count} people who are connected now will be cut off",
  signIns: "{count} sign-ins end",
  divisions: "{count} divisions are moved",
  devices: "{count} home devices are removed",
  grants: "{count} grants end",
  forgets: "{count} office PCs are told to forget the device",
  people: "{count} people are concerned",
  terminals: "{count} PCs are concerned",
};

type EffectKey = keyof typeof ja;
export const EFFECT_WORDS: OwnWords<EffectKey> = { ja, en };
