/** The browser's own modal dialog: it keeps the focus inside, Esc closes it, and the focus goes back to where it was. */
import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useDesk } from "../state/desk.ts";

interface ModalProps {
  readonly class: string;
  readonly testId: string;
  readonly titleId: string;
  /** Undefined: it cannot be closed by Esc or beside it. */
  readonly close: (() => void) | undefined;
  readonly children: ComponentChildren;
}

export function Modal({ class: look, testId, titleId, close, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const wasPressedBeside = useRef(false);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      isGone.current = true;
      element?.close();
    };
  }, []);
  // where a browser knows no closedby, a second Esc closes it without asking
  const closed = (): void => {
    if (isGone.current) return;
    if (close) close();
    else dialog.current?.showModal();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a mouse may click beside it; the keyboard has Esc and a button
    <dialog
      ref={dialog}
      class={look}
      data-testid={testId}
      aria-labelledby={titleId}
      {...{ closedby: close ? "closerequest" : "none" }}
      onCancel={(event) => {
        event.preventDefault();
        if (event.target === event.currentTarget) close?.();
      }}
      onClose={closed}
      onPointerDown={(event) => {
        wasPressedBeside.current = isBeside(event);
      }}
      // text that is marked by dragging may end beside it
      onClick={(event) => wasPressedBeside.current && isBeside(event) && close?.()}
    >
      {children}
    </dialog>
  );
}

/** What is around a dialog belongs to it, and so does its own padding. */
function isBeside({ target, currentTarget, clientX: x, clientY: y }: TargetedMouseEvent<HTMLDialogElement>): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  return target === currentTarget && (x < left || x > right || y < top || y > bottom);
}

export function CloseButton({ close }: { close: () => void }) {
  const { words } = useDesk();
  return (
    <button type="button" class="button quiet close" data-testid="close" onClick={close}>
      {words.text("close")} <span aria-hidden="true">✕</span>
    </button>
  );
}
