import { describe, expect, test } from "vitest";
import { MailAddress, maskedMail, parseMail } from "../../signaling/protocol/mail-address.ts";

test.each([
  ["akira@city.example", "a***@city.example"],
  ["ab@city.example", "a***@city.example"],
  ["a@city.example", "***@city.example"],
  ["sato.hanako+pc@mail.city.example.lg.jp", "s***@mail.city.example.lg.jp"],
])("%s is shown as %s", (whole, masked) => expect(maskedMail(whole)).toBe(masked));

test("what is shown is no address that anything could be sent to", () => {
  expect(maskedMail("a@city.example")).toMatch(/^\*/);
  expect(MailAddress.safeParse(maskedMail("akira@city.example")).success).toBe(false);
});

describe("what is typed", () => {
  test("full-width letters and spaces around it are meant as an address", () => {
    expect(parseMail("　ｓａｔｏ＠city.example ")).toBe("sato@city.example");
  });
  test.each([
    "",
    "sato",
    "sato@city",
    "sato@@city.example",
    "さとう@city.example",
    "sato@city.example\r\nBcc: all@city.example",
    "sato@city.example, other@city.example",
    '"sato hanako"@city.example',
    "<sato@city.example>",
    `${"a".repeat(250)}@city.example`,
  ])("%j is none", (text) => expect(parseMail(text)).toBeUndefined());
});
