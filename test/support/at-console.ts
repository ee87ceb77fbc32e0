/** A product with its console, an administrator who has come in there, and tanaka at home with a registered browser: what most tests of the console begin with. */
import { freePort } from "../../signaling/quickstart/ports.ts";
import { Administrator } from "./administrator.ts";
import { openTestProduct, type TestPerson, type TestProduct } from "./product.ts";
import { Staff } from "./staff.ts";

export interface AtConsole {
  readonly product: TestProduct;
  readonly kanri: Administrator;
  readonly tanaka: TestPerson;
  readonly staff: Staff;
  close(): Promise<void>;
}

export async function openAtConsole(): Promise<AtConsole> {
  const { product, url } = await openWithConsole();
  const closing: { close(): Promise<void> }[] = [product];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one.close();
  };
  try {
    const tanaka = await product.addPerson({ login: "tanaka", name: "田中 一郎" });
    const person = await addAdministrator(product, "kanri", "見本 管理");
    const kanri = await Administrator.arrive(product, person, url);
    closing.push(kanri);
    await kanri.registerAndSignIn();
    await kanri.reach("today");
    const staff = await Staff.arrive(product, { person: tanaka, viewport: { width: 1280, height: 900 } });
    closing.push(staff);
    await staff.registerAndSignIn();
    return { product, kanri, tanaka, staff, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** With nobody there yet. */
export async function openWithConsole(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ product: TestProduct; url: string }> {
  const port = await freePort();
  const url = `https://localhost:${port}`;
  const product = await openTestProduct({
    office: { editor: false },
    signalingSettings: { ENGAWA_CONSOLE_LISTEN: `127.0.0.1:${port}`, ENGAWA_CONSOLE_ORIGINS: url, ...settings },
  });
  return { product, url };
}

/** Somebody of the organisation, who administers it. */
export async function addAdministrator(product: TestProduct, login: string, name: string): Promise<TestPerson> {
  const person = await product.addPerson({ login, name, granted: false });
  await product.signaling.admin("duty", "give", login, "administrator");
  return person;
}
