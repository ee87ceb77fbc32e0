/** An injector's handlers where nobody wants to know. */
export const NOBODY = {
  lost: () => undefined,
  refuses: () => undefined,
  attention: () => undefined,
  note: () => undefined,
  locksChanged: () => undefined,
  typed: () => undefined,
  dropped: () => undefined,
};
