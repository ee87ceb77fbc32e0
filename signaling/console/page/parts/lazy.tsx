/** A part that few people open, loaded when it is first shown. Where it would stand it is said that it cannot be loaded. */
import type { ComponentType } from "preact";
import { useDesk } from "../state/desk.ts";
import { type Loaded, useLoaded } from "../state/loaded.ts";
import { CloseButton, Modal } from "./modal.tsx";
import { Notice } from "./notice.tsx";

export function lazily<P extends object>(load: () => Promise<ComponentType<P>>, isPage = false): ComponentType<P> {
  return function Lazily(props: P) {
    const { part: Part, ...rest } = useLoaded("part", load);
    if (Part) return <Part {...props} />;
    return <NotLoaded {...rest} isPage={isPage} close={(props as { close?: () => void }).close} />;
  };
}

interface NotLoadedProps extends Omit<Loaded<unknown>, "part"> {
  readonly isPage?: boolean;
  /** Of a dialog: it is said above everything else, too. */
  readonly close?: (() => void) | undefined;
}

export function NotLoaded({ hasFailed, again, isPage = false, close }: NotLoadedProps) {
  const { words } = useDesk();
  if (!hasFailed) return null;
  const what = words.text("notLoaded");
  const todo = <p>{words.text("notLoadedTodo")}</p>;
  const retry = (
    <button type="button" class="button" data-testid="load-again" onClick={again}>
      {words.text("tryAgain")}
    </button>
  );
  if (close) {
    return (
      <Modal class="dialog act" testId="not-loaded" titleId="not-loaded-title" close={close}>
        <div class="form">
          <h2 id="not-loaded-title">{what}</h2>
          {todo}
          <div class="dialog-answers">
            {retry}
            <CloseButton close={close} />
          </div>
        </div>
      </Modal>
    );
  }
  const notice = (
    <Notice kind="problem" what={what} testId="not-loaded">
      {todo}
      <p>{retry}</p>
    </Notice>
  );
  return isPage ? (
    <div class="page">
      <h1>{words.text("product")}</h1>
      {notice}
    </div>
  ) : (
    notice
  );
}
