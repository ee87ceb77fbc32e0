/** Two persons at the console of a server with several organisations: both say of which one they are, one asks, and only the other one confirms. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Administrator } from "../support/administrator.ts";
import { addAdministrator, openWithConsole } from "../support/at-console.ts";
import type { TestPerson, TestProduct } from "../support/product.ts";

let product: TestProduct;
let url: string;
let people: TestPerson[];
const arrived: Administrator[] = [];

beforeAll(async () => {
  ({ product, url } = await openWithConsole({ ENGAWA_TWO_PERSONS: "otp.reset" }));
  await product.addPerson({ login: "tanaka", name: "田中 一郎" });
  people = [await addAdministrator(product, "kanri", "見本 管理"), await addAdministrator(product, "fuku", "見本 副")];
  people.push(await product.addPerson({ login: "shin", name: "見本 新", granted: false, mustChange: true }));
  await product.signaling.admin("duty", "give", "shin", "administrator");
  await product.signaling.admin("organisation", "set-code", "見本市", "mihon");
  await product.signaling.admin("organisation", "add", "桜町", "--code", "sakura");
});
afterAll(async () => {
  for (const one of arrived) await one.close();
  await product?.close();
});

async function arrive(person: TestPerson | undefined): Promise<Administrator> {
  if (!person) throw new Error("nobody");
  const administrator = await Administrator.arrive(product, person, url);
  arrived.push(administrator);
  return administrator;
}
const organisation = (one: Administrator) => one.page.locator("#organisation");
test("whoever signs in says of which organisation they are; the browser remembers it", async () => {
  const kanri = await arrive(people[0]);
  await organisation(kanri).waitFor();
  await kanri.look("sign-in-organisation");
  await kanri.at("sign-in").click();
  await kanri.page.locator("form").getByText("団体コードを入力してください").waitFor();
  await organisation(kanri).fill("sakura");
  expect(await kanri.trySignIn(await kanri.person.code())).toBe(false);
  await kanri.at("sign-in-problem").waitFor();
  expect(await product.signaling.list("device", "pending")).toEqual([]); // the other town has no such person
  await organisation(kanri).fill("ＭＩＨＯＮ");
  await kanri.registerAndSignIn();
  await kanri.reach("today");
  await kanri.at("sign-out").click();
  await kanri.reach("signed-out");
  await kanri.page.reload();
  await kanri.reach("signed-out");
  expect(await organisation(kanri).inputValue()).toBe("mihon");
  expect(await kanri.trySignIn(await kanri.person.code())).toBe(true);
  await kanri.reach("today");
});

test("who asks gets a number, and cannot confirm it", async () => {
  const [kanri] = arrived;
  if (!kanri) throw new Error("nobody");
  await kanri.open("people");
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.at("act-otp.reset").click();
  await kanri.give("機種を変えたため", await kanri.person.code());
  await kanri.at("once-confirmation").waitFor();
  expect(await kanri.at("once-confirmation").innerText()).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  expect(await kanri.at("once").getByTestId("qr").count()).toBe(0);
  await kanri.look("two-asked");
  await kanri.at("once-close").click();
  await kanri.page.keyboard.press("Escape");
  await kanri.at("menu-today").click();
  await kanri.reach("today");
  await kanri.at("confirmation").waitFor();
  expect(await kanri.at("confirm").count()).toBe(0);
  await kanri.look("two-own");
});

test("the other one confirms it with a fresh code, and is shown the new QR code", async () => {
  const fuku = await arrive(people[1]);
  await organisation(fuku).fill("mihon");
  await fuku.registerAndSignIn();
  await fuku.reach("today");
  await fuku.at("confirmation").waitFor();
  expect(await fuku.at("confirmation").innerText()).toMatch(/田中 一郎[\s\S]*mihon\/kanri/);
  await fuku.look("two-waiting");
  await fuku.at("confirm").click();
  await fuku.look("two-confirm");
  await fuku.give("本人に確かめた", await fuku.person.code());
  await fuku.at("once").getByTestId("qr").waitFor();
  expect(await fuku.at("sheet").textContent()).toMatch(/見本市[\s\S]*mihon[\s\S]*tanaka/);
  await fuku.at("once-close").click();
  await fuku.at("confirmation").waitFor({ state: "detached" });
  await fuku.open("people");
  await fuku.row("tanaka").getByTestId("open-people").click();
  await fuku.at("timeline").waitFor();
  expect(await fuku.at("timeline").innerText()).toMatch(/本人に確かめた[\s\S]*機種を変えたため/);
});

test("who was given a password changes it before anything else", async () => {
  const shin = await arrive(people[2]);
  await organisation(shin).fill("mihon");
  await shin.registerAndSignIn();
  await shin.reach("password");
  await shin.at("password-change").waitFor();
  await shin.look("password");
  for (const id of ["new-password", "new-password-again"])
    await shin.page.locator(`#${id}`).fill("梅雨 自転車 風鈴 切手");
  await shin.at("password-change").click();
  await shin.reach("today");
});

test("on all of it axe finds nothing", () => expect(arrived.flatMap(({ findings }) => findings)).toEqual([]));
