/** What IT sees at the console, in a town of forty people. */
import { Administrator } from "../support/administrator.ts";
import { TERMINAL, type TestPerson, type TestProduct } from "../support/product.ts";
import { Camera } from "./camera.ts";
import type { PictureOf } from "./list.ts";

const VIEWPORT = { width: 1440, height: 900 };
const NEWCOMERS =
  "名前,職員ID,部署\r\n春日 さくら,kasuga,総務部\r\n宇佐美 大輔,usami,なし部\r\n佐藤 花子,hanako,市民部\r\n見本 管理,kanri,総務部\r\n";

export async function takeConsole(product: TestProduct, person: TestPerson, url: string): Promise<void> {
  const kanri = await Administrator.arrive(product, person, url);
  const camera = await Camera.open(kanri.browser);
  await kanri.page.setViewportSize(VIEWPORT);
  await kanri.page.bringToFront();
  const take = (name: PictureOf<"console">) => camera.take(kanri.page, "console", name);
  try {
    await kanri.registerAndSignIn();
    await kanri.reach("today");
    await kanri.at("figure-locks").getByText(/\d/).first().waitFor();
    await take("today");
    await lists(kanri, take);
    await rules(kanri, take);
    await office(kanri, camera);
  } finally {
    await kanri.close();
  }
}

type Take = (name: PictureOf<"console">) => Promise<void>;

async function lists(kanri: Administrator, take: Take): Promise<void> {
  await kanri.open("people");
  await take("people");
  await kanri.row("hanako").getByTestId("open-people").click();
  await kanri.at("timeline").waitFor();
  await take("person");
  await kanri.at("act-lock.person").click();
  await kanri.at("effect").getByText("接続が切れます").waitFor();
  await kanri.page.locator("#reason").fill("貸出用パソコンをなくしたため");
  await take("lock");
  await kanri.at("act-no").click();
  await kanri.page.keyboard.press("Escape");
  await kanri.at("drawer").waitFor({ state: "detached" });
  await kanri.at("import").click();
  await kanri.reach("import");
  const buffer = Buffer.from(NEWCOMERS);
  await kanri.at("import-file").setInputFiles({ name: "職員.csv", mimeType: "text/csv", buffer });
  await kanri.at("line").first().waitFor();
  await kanri.at("fate-all").click();
  await take("import");
  await kanri.open("audit");
  await take("audit");
}

async function rules(kanri: Administrator, take: Take): Promise<void> {
  await kanri.at("menu-policy").click();
  await kanri.at("policy-place-name").waitFor();
  await take("policy");
  await kanri.at("policy-edit-idleMinutes").click();
  await kanri.at("policy-mode-set").check();
  await kanri.page.locator("#policy-number").fill("10");
  await kanri.at("rule-yes").click();
  await kanri.at("policy-check").click();
  await kanri.at("effect").getByText("関わる職員").waitFor();
  await kanri.page.locator("#reason").fill("画面の開きっぱなしを防ぐため");
  await take("policy-effect");
  await kanri.at("act-no").click();
  await kanri.at("policy-drop").click();
  await kanri.at("to-documents").click();
  await kanri.at("document").waitFor();
  await take("documents");
}

/** What goes to the office PC: who may come to it, and the paper that goes with it. */
async function office(kanri: Administrator, camera: Camera): Promise<void> {
  const { page } = kanri;
  await kanri.open("devices");
  await camera.take(page, "office", "devices");
  await kanri.open("terminals");
  await kanri.row(TERMINAL).getByTestId("select").check();
  await kanri.at("many-papers").click();
  await kanri.at("papers").waitFor();
  await page.emulateMedia({ media: "print" });
  await camera.take(page, "office", "paper", kanri.at("sheet"));
  await page.emulateMedia({ media: null });
  await page.keyboard.press("Escape");
}
