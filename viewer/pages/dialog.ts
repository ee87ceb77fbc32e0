/** Questions that need an answer before anything goes on. The browser's own <dialog> keeps the focus inside. */
import { button, el } from "../dom.ts";
import "./dialog.css";

export interface Question {
  readonly title: string;
  readonly content: readonly Node[];
  readonly yes: string;
  readonly no: string;
  readonly testId: string;
  /** `primary` where yes is the expected answer, `plain` where it must be a decision. */
  readonly yesLook?: "primary" | "plain" | "danger";
  /** What a pressed yes comes to, where something has to be typed first. */
  readonly check?: () => "yes" | "no" | "stay";
  /** Where the focus begins; else on no. */
  readonly focus?: HTMLElement;
}

/** True only for a pressed yes; Esc and everything else is no. */
export function askPerson(question: Question): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const finish = (yes: boolean): void => {
    dialog.close();
    resolve(yes);
  };
  const titleId = `${question.testId}-title`;
  const no = button(question.no, `${question.testId}-no`, () => finish(false));
  const yes = el(
    "button",
    {
      class: `button ${question.yesLook ?? "primary"}`,
      testId: `${question.testId}-yes`,
      attributes: { type: "submit" },
    },
    question.yes,
  );
  const answered = (event: Event): void => {
    event.preventDefault();
    const answer = question.check?.() ?? "yes";
    if (answer !== "stay") finish(answer === "yes");
  };
  const dialog = el(
    "dialog",
    {
      class: "dialog",
      testId: question.testId,
      attributes: { "aria-labelledby": titleId },
      on: {
        close: () => {
          resolve(false);
          dialog.remove();
        },
      },
    },
    el(
      "form",
      { class: "dialog-form", attributes: { novalidate: true }, on: { submit: answered } },
      el("h2", { id: titleId }, question.title),
      ...question.content,
      el("div", { class: "dialog-answers" }, no, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  (question.focus ?? no).focus();
  return promise;
}
