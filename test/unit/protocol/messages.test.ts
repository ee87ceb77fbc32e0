import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AgentControl, ViewerControl, ViewerPointer } from "../../../signaling/protocol/channels.ts";
import { END_REASONS, ERROR_CODES } from "../../../signaling/protocol/errors.ts";
import { KEY_CODES } from "../../../signaling/protocol/keys.ts";
import { parseMessage, ToAgent, ViewerMessage } from "../../../signaling/protocol/signal.ts";

const request = {
  type: "session-request",
  terminal: "K7QM-2Z9P-X4TD",
  takeOver: false,
  codecs: ["av1-444"],
} as const;

describe("a frame", () => {
  test("that fits is a message", () => {
    expect(parseMessage(ViewerMessage, JSON.stringify(request))).toEqual({ ok: true, message: request });
  });

  test.each([
    ["text that is not JSON", "{"],
    ["null", "null"],
    ["an unknown type", JSON.stringify({ type: "print" })],
    ["an unknown field", JSON.stringify({ ...request, sender: "me" })],
    ["a missing field", JSON.stringify({ type: "session-request" })],
    ["an empty list of codecs", JSON.stringify({ ...request, codecs: [] })],
    [
      "an SDP that is too long",
      JSON.stringify({
        type: "answer",
        session: randomUUID(),
        attempt: 1,
        sdp: "x".repeat(40_000),
        signature: "A".repeat(86),
      }),
    ],
  ])("%s is a value, not an exception", (_, text) => {
    expect(parseMessage(ViewerMessage, text).ok).toBe(false);
  });

  test("that does not fit says which message it meant to be", () => {
    expect(parseMessage(ViewerMessage, JSON.stringify({ type: "session-request" }))).toMatchObject({
      ok: false,
      about: "session-request",
    });
  });
});

test("the character NUL, in a text or a name, is no message", () => {
  const error = { type: "error", code: "INTERNAL", message: "it broke", details: { what: "a disk" } } as const;
  expect(parseMessage(ToAgent, JSON.stringify(error)).ok).toBe(true);
  const withNul = [
    { ...error, message: "it\0broke" },
    { ...error, details: { what: "a\0disk" } },
    { ...error, details: { "wh\0at": "a disk" } },
  ];
  for (const message of withNul)
    expect(parseMessage(ToAgent, JSON.stringify(message))).toMatchObject({ ok: false, about: "error" });
});

describe("the data channels", () => {
  const schemas = [ViewerControl, AgentControl];
  const kinds = schemas.flatMap((schema) => schema.options.map((option) => option.shape.type.value));

  test("have no message for the clipboard, files or printing", () => {
    expect(kinds.filter((kind) => /clip|copy|paste|file|print|download|upload/i.test(kind))).toEqual([]);
  });

  test("take only keys of the table, and positions that are numbers of pixels", () => {
    expect(ViewerControl.safeParse({ type: "key", seq: 1, code: "KeyA", down: true }).success).toBe(true);
    expect(ViewerControl.safeParse({ type: "key", seq: 1, code: "BrowserBack", down: true }).success).toBe(false);
    expect(ViewerPointer.safeParse({ type: "move", seq: 1, x: 0.5, y: 0 }).success).toBe(false);
    expect(ViewerPointer.safeParse({ type: "move", seq: 1, x: 1e9, y: 0 }).success).toBe(false);
  });
});

test.each([
  ["error codes", ERROR_CODES],
  ["reasons", END_REASONS],
  ["keys", KEY_CODES],
])("%s are named once", (_, list) => {
  expect(new Set<string>(list).size).toBe(list.length);
});
