/** Run by a test as a process of its own: a display whose every picture is of one colour, and the next one of another, until it is ended. */
import { Painter } from "./x11-painter.ts";

const [display = "", width = "0", height = "0"] = process.argv.slice(2);
const painter = new Painter(display);
painter.fill(0, 0, Number(width), Number(height), 0xffffff);
process.stdout.write("ready\n");
for (let turn = 0; ; turn++) painter.fill(0, 0, Number(width), Number(height), turn % 2 === 0 ? 0x000000 : 0xffffff);
