/** How an office PC is protected: the words of its settings (agent/settings) and of policies (policy.ts), laxest first. */

/** When it locks itself: `never`; when the line broke (`interrupted`); after every session as well (`end`). */
export const LOCK_ON = ["never", "interrupted", "end"] as const;

/**
 * Whether it is locked before its first picture is shown, so that whoever comes has to pass its own lock screen: `never`; where it
 * can be done (`when-possible`); or else no session (`required`).
 */
export const LOCK_BEFORE = ["never", "when-possible", "required"] as const;

/** When the office's monitors are covered during a session: never; where it can be done; or else no session. */
export const COVER = ["off", "when-possible", "required"] as const;

/** Whether an office PC is switched off: never; once the end of hours has ended a session on it. */
export const SHUT_DOWN = ["never", "after-hours"] as const;
