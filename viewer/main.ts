/** The page begins here. */
import "../signaling/client/no-eval.ts";
// before the pages, whose own style sheets refine them
import "../signaling/client/look/look.css";
import "./style.css";
import { App } from "./app.ts";

const root = document.querySelector<HTMLElement>("#app");
if (root) await new App(root).start();
