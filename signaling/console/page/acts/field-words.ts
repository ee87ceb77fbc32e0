/** What only the fields of an act say, loaded with them. */
import type { OwnWords } from "../state/own-words.ts";

const ja = {
  choose: "選んでください",
  noDivision: "部署なし（団体の直下）",
  login: "職員ID",
  name: "名前",
  mail: "メールアドレス",
  organisation: "団体",
  division: "部署",
  newDivision: "異動先の部署",
  parent: "上の部署",
  person: "職員",
  terminal: "職場のパソコン",
  otherName: "二台のうち、もう一台の名前です。",
  sameName: "空けておくと、前と同じ名前になります。",
  keep: "前の部署のパソコンのうち、続けて使うもの",
  add: "新しく使うパソコン",
  until: "使える最後の日",
  untilHint: "空けておくと、期限なしです。",
  end: "いつまで止めるか",
  endHint: "空けておくと、解くまで止めます。",
  liftCode: "解除コード",
  liftCodeHint:
    "止めたときに一度だけ表示した 20 文字です。なくても解けますが、職場のパソコンは期限まで（長くて 90 日）締め出しを続けます。",
  keepHint: "印を付けないものは、使えなくなります。",
  keepNone: "前の部署のパソコンは、割り当てられていません。",
  pickerHint: "名前かIDの一部を入れて、下から選んでください。",
  pickerNone: "あてはまるものがありません。",
};

const en: Readonly<Record<FieldKey, string>> = {
  choose: "Choose",
  noDivision: "No division (of the organisation itself)",
  login: "Login",
  name: "Name",
  mail: "Mail address",
  organisation: "Organisation",
  division: "Division",
  newDivision: "New division",
  parent: "Division above",
  person: "Person",
  terminal: "Office PC",
  otherName: "Of the other of the two PCs.",
  sameName: "Empty: the name it has.",
  keep: "PCs of the former division that they keep",
  add: "PCs that they get",
  until: "Last day",
  untilHint: "Empty: without an end.",
  end: "Until when",
  endHint: "Empty: until it is lifted.",
  liftCode: "Lift code",
  liftCodeHint:
    "The 20 letters that were shown once when it was set. It can be lifted without them, but then the office PCs go on keeping out until the end (90 days at most).",
  keepHint: "What is not ticked is taken away.",
  keepNone: "They have no PC of the former division.",
  pickerHint: "Type a part of the name or ID and choose below.",
  pickerNone: "Nothing fits.",
};

export type FieldKey = keyof typeof ja;
export const FIELD_WORDS: OwnWords<FieldKey> = { ja, en };
