/** Questions that need an answer before anything goes on. The browser's own <dialog> keeps the focus inside. */
import { button, el } from "../dom.ts";

export interface Question {
  readonly title: string;
  readonly content: readonly Node[];
  readonly yes: string;
  readonly no: string;
  readonly testId: string;
  /** `primary` where yes is the expected answer, `plain` where it must be a decision. */
  readonly yesLook?: "primary" | "plain" | "danger";
}

/** True only for a pressed yes; Esc and everything else is no. The focus begins on no. */
export function askPerson(question: Question): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const finish = (yes: boolean): void => {
    dialog.close();
    resolve(yes);
  };
  const titleId = `${question.testId}-title`;
  const no = button(question.no, `${question.testId}-no`, () => finish(false));
  const yes = button(question.yes, `${question.testId}-yes`, () => finish(true), question.yesLook ?? "primary");
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
    el("h2", { id: titleId }, question.title),
    ...question.content,
    el("div", { class: "dialog-answers" }, no, yes),
  );
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
  return promise;
}
