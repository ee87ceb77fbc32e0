/** Two organisations on one server, with a tanaka in each: the page asks for the organisation once, and each sees their own office PCs. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OrganisationCode, PublicKey, TerminalId } from "../../signaling/protocol/ids.ts";
import { codeOf, STEP_MS } from "../../signaling/quickstart/people.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { openStore } from "../../signaling/store/open.ts";
import { openTestProduct, TERMINAL, type TestPerson, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const THEIRS = "桜町のパソコン";

let product: TestProduct;
let before: Staff;
let [mine, theirs]: TestPerson[] = [];
const arrived: Staff[] = [];

beforeAll(async () => {
  product = await openTestProduct({ office: { editor: false } });
  mine = await product.addPerson({ login: "tanaka", name: "田中 一郎" });
  before = await arrive(mine);
  await product.signaling.admin("organisation", "set-code", "見本市", "mihon");
});
afterEach(async () => {
  for (const staff of arrived.splice(0)) if (staff !== before) await staff.close();
});
afterAll(async () => {
  await before?.close();
  await product?.close();
});

async function arrive(person: TestPerson | undefined, path = ""): Promise<Staff> {
  if (!person) throw new Error("nobody");
  const viewport = { width: 1280, height: 900 };
  const staff = await Staff.arrive(product, { person, viewport, url: `${product.url}${path}` });
  arrived.push(staff);
  return staff;
}

const picture = (staff: Staff, name: string) =>
  staff.page.screenshot({ path: `test-results/organisations-${name}.png` });

/** Another town with a tanaka who may use one office PC there. */
async function addTown(): Promise<TestPerson> {
  const { admin } = product.signaling;
  await admin("organisation", "add", "桜町", "--code", "sakura");
  const [login, name] = ["tanaka", "田中 花子"];
  const person = ["--login", login, "--name", name, "--organisation", "sakura", "--no-change"];
  const added = row(await admin("person", "add", ...person));
  const { password, otpauth } = { password: String(added["password"]), otpauth: String(added["otpauth"]) };
  const store = await openStore({ stateDir: join(product.folder, "signaling") });
  await store.write(async (q) => {
    const organisation = await q.organisations.byCode(OrganisationCode.parse("sakura"));
    const row = organisation && (await q.people.byLogin(organisation.id, login as never));
    if (!row) throw new Error("not there");
    const { organisationId, id: personId } = row;
    const id = TerminalId.parse("0000-0000-0001");
    const none = { divisionId: null, publicKey: null, enrolledAt: null, disabledAt: null, lastSeenAt: null };
    await q.terminals.insert({ ...none, interfaces: null, id, organisationId, name: THEIRS, createdAt: 0 });
    await q.terminals.enrol(id, PublicKey.parse("A".repeat(122)), 1);
    await q.terminals.putGrant({ organisationId, personId, terminalId: id, createdAt: 0, until: null });
  });
  await store.close();
  const code = async () => {
    await until("a code is good for a while", () => Date.now() % STEP_MS < STEP_MS - 5_000);
    return codeOf({ login, password, otpauth }, Date.now());
  };
  return { login, name, password, code };
}

/** Is refused, has the browser let in, and comes in. */
async function enter(staff: Staff): Promise<void> {
  const code = await staff.person.code();
  expect(await staff.trySignIn({ code })).toBe(false);
  await product.signaling.admin("device", "approve", await staff.deviceCode());
  if (!(await staff.trySignIn({ code }))) expect(await staff.trySignIn()).toBe(true);
  await staff.at("terminal-name").first().waitFor();
}
const listed = (staff: Staff) => staff.at("terminal-name").allInnerTexts();

test("where there is one organisation nobody is asked", async () => {
  expect(await before.at("login").count()).toBe(1);
  expect(await before.at("organisation").count()).toBe(0);
  expect(await before.at("organisation-known").count()).toBe(0);
  await picture(before, "one");
});

test("a page from before the second one came asks when the sign-in is refused", async () => {
  theirs = await addTown();
  await before.at("login").fill("tanaka");
  await before.at("password").fill(before.person.password);
  await before.at("one-time-code").fill("000000");
  await before.at("sign-in").click();
  await before.at("organisation").waitFor();
  expect(await before.at("sign-in-problem").innerText()).toContain("団体コード");
});

test("a link says which; the browser remembers it, and shows this organisation's office PCs only", async () => {
  const staff = await arrive(mine, "/?o=mihon");
  expect(await staff.at("organisation-known").innerText()).toContain("mihon");
  expect(await staff.at("organisation").count()).toBe(0);
  await picture(staff, "link");
  await enter(staff);
  expect(await listed(staff)).toEqual([TERMINAL]);
  await staff.at("sign-out").click();
  await staff.reach("signed-out");
  await staff.page.goto(product.url);
  await staff.reach("signed-out");
  expect(await staff.at("organisation-known").innerText()).toContain("mihon");
  await staff.at("organisation-change").click();
  expect(await staff.at("organisation").inputValue()).toBe("mihon");
});

test("without a link it is asked for, and the other tanaka gets the other town's", async () => {
  const staff = await arrive(theirs);
  await staff.at("organisation").waitFor();
  await until("the cursor is there", () =>
    staff.page.evaluate(() => document.activeElement?.getAttribute("data-testid") === "organisation"),
  );
  await picture(staff, "asks");
  await staff.at("organisation").fill("");
  await staff.at("login").fill("tanaka");
  await staff.at("sign-in").click();
  expect(await staff.at("sign-in-problem").innerText()).toContain("団体コード");
  await picture(staff, "missing");
  await staff.at("organisation").fill("ＳＡＫＵＲＡ");
  expect(await staff.trySignIn()).toBe(false);
  await staff.page.reload();
  await staff.reach("signed-out");
  expect(await staff.at("organisation-known").innerText()).toContain("sakura");
  await enter(staff);
  expect(await listed(staff)).toEqual([THEIRS]);
  await picture(staff, "list");
  expect(staff.browser.console.filter((line) => !line.includes("401"))).toEqual([]);
});
