/**
 * `npm run screenshots`: makes every picture of the manuals anew (list.ts), of the real product: Debian's Chromium, the virtual office,
 * and the sample town. Look at them before they are kept.
 */
import { atDesk } from "../../signaling/quickstart/desk.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { fillTown } from "../../signaling/quickstart/town.ts";
import { addAdministrator } from "../support/at-console.ts";
import { ORGANISATION, openTestProduct } from "../support/product.ts";
import { takeConsole } from "./console.ts";
import { takeStaff } from "./staff.ts";

const port = await freePort();
const url = `https://localhost:${port}`;
const product = await openTestProduct({
  office: { taskbar: true },
  signalingSettings: { ENGAWA_CONSOLE_LISTEN: `127.0.0.1:${port}`, ENGAWA_CONSOLE_ORIGINS: url },
});
try {
  const hanako = await product.addPerson({ login: "hanako", name: "佐藤 花子", mustChange: true });
  const kanri = await addAdministrator(product, "kanri", "見本 管理");
  await atDesk(product.signaling.environment, (desk) =>
    fillTown(desk, { organisation: ORGANISATION, terminal: product.agent.terminal, people: ["hanako", "kanri"] }),
  );
  await takeStaff(product, hanako, () => takeConsole(product, kanri, url));
} finally {
  await product.close();
}
