import { describe, expect, test } from "vitest";
import { chooseDisplay } from "../../agent/native/x11/display.ts";

describe("choosing the display", () => {
  test("the configured one comes before the session's own", () =>
    expect(chooseDisplay({ display: ":5", environment: { DISPLAY: ":0" } })).toBe(":5"));

  test("without configuration it is the session's own", () =>
    expect(chooseDisplay({ display: undefined, environment: { DISPLAY: ":0" } })).toBe(":0"));

  test("none at all is said in words", () =>
    expect(() => chooseDisplay({ display: undefined, environment: {} })).toThrow(/DISPLAY is not set/));

  test.each([
    { DISPLAY: ":0", WAYLAND_DISPLAY: "wayland-0" },
    { DISPLAY: ":0", XDG_SESSION_TYPE: "wayland" },
    { XDG_SESSION_TYPE: "wayland" },
  ])("a Wayland session is refused in words: %o", (environment) =>
    expect(() => chooseDisplay({ display: undefined, environment })).toThrow(/Wayland.*X11/),
  );

  test("a display of its own works inside a Wayland session", () =>
    expect(chooseDisplay({ display: ":99", environment: { DISPLAY: ":0", XDG_SESSION_TYPE: "wayland" } })).toBe(":99"));
});
