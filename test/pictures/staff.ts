/** What a member of staff sees on the first day, and on every other one. */
import type { Locator } from "playwright-core";
import type { TestPerson, TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";
import { Camera } from "./camera.ts";
import type { PictureOf } from "./list.ts";

const VIEWPORT = { width: 1280, height: 800 };
const NEW_PASSWORD = "kawabe-no-enrei-7tsu";

/** `meanwhile`: while somebody is at work. */
export async function takeStaff(
  product: TestProduct,
  person: TestPerson,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const staff = await Staff.arrive(product, { person, viewport: VIEWPORT });
  const camera = await Camera.open(staff.browser);
  const take: Take = (name, of) => camera.take(staff.page, "staff", name, of);
  try {
    await firstDay(staff, take);
    await atWork(staff, take);
    await meanwhile();
    await endOfDay(staff, take);
  } finally {
    await staff.close();
  }
}

type Take = (name: PictureOf<"staff">, of?: Locator) => Promise<void>;

async function firstDay(staff: Staff, take: Take): Promise<void> {
  const { product, person } = staff;
  await take("sign-in");
  await staff.trySignIn();
  await take("device-code", staff.page.locator(".entrance-side"));
  await product.register({ code: await product.waitingDevice(person.login), login: person.login });
  await staff.trySignIn();
  await staff.reach("password");
  await take("new-password");
  await staff.at("new-password").fill(NEW_PASSWORD);
  await staff.at("new-password-again").fill(NEW_PASSWORD);
  await staff.at("password-change").click();
  await staff.reach("list");
  await staff.at("terminal").first().waitFor();
  await take("list");
  await staff.at("connect").first().click();
  await staff.at("pair-code").waitFor();
  await take("pairing");
  await staff.typeCode();
  await staff.settle("live");
}

async function atWork(staff: Staff, take: Take): Promise<void> {
  const { screen } = staff.product;
  const office = screen as typeof screen & { inputMethod(): Promise<string> };
  await staff.sees(40);
  await staff.focus();
  await staff.press("Backquote"); // 半角/全角
  await until("the input method is on", async () => (await office.inputMethod()) === "japanese");
  await staff.type("honjitunokaigisiryou");
  await staff.press("Space", "Enter", "Enter", "Backquote");
  await until("the input method is off", async () => (await office.inputMethod()) === "direct");
  await staff.saves((text) => text.includes("会議"), "会議");
  await staff.sees(44);
  await take("session");
}

async function endOfDay(staff: Staff, take: Take): Promise<void> {
  const { product } = staff;
  const policy = (...args: string[]) =>
    product.signaling.admin("policy", ...args, "--person", staff.person.login, "--reason", "試し", "--yes");
  await staff.page.bringToFront();
  await policy("set", `hours=mon-sun:00:00-${clockIn(9)}`);
  await staff.at("ending").waitFor();
  await until("it is said", async () => ((await staff.at("banner").textContent()) ?? "").includes("分"));
  await take("ending");
  await policy("clear", "hours");
  await staff.at("ending").waitFor({ state: "hidden" });
  product.relay.kill("SIGSTOP");
  await staff.reach("interrupted");
  await take("interrupted");
  product.relay.kill("SIGCONT");
  await staff.settle("live");
  const [session] = await product.sessions();
  await product.signaling.admin("session", "end", String(session?.["id"]));
  await staff.reach("ended");
  await take("ended");
  await staff.at("back-to-list").click();
  await staff.reach("list");
  await staff.at("own").click();
  await staff.reach("own");
  await staff.at("own-lately").waitFor();
  await take("own");
}

/** So many minutes from now, by the server's clock; on the same day. */
function clockIn(minutes: number): string {
  const at = new Date(Date.now() + minutes * 60_000);
  if (at.getDate() !== new Date().getDate()) return "24:00";
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
