import { expect, test } from "vitest";
import { browserName } from "../../signaling/auth/browser-name.ts";

const KNOWN: ReadonlyArray<readonly [name: string, userAgent: string]> = [
  [
    "Edge, Windows",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
  ],
  [
    "Chrome, ChromeOS",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  ],
  [
    "Chrome, Android",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
  ],
  [
    "Safari, iOS",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
  ],
  ["Firefox, Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
  ["Windows", "something new on Windows"],
];

test.each(KNOWN)("a browser is called %s", (name, userAgent) => {
  expect(browserName(userAgent)).toBe(name);
});

test("what is not known has no name, and nothing of it is kept", () => {
  for (const userAgent of [undefined, "", "<script>alert(1)</script>", "情報システム担当です。電話してください"])
    expect(browserName(userAgent)).toBeNull();
});
