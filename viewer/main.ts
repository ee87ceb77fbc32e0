/** The page begins here. */
import "./no-eval.ts";
// before the pages, whose own style sheets refine it
import "./style.css";
import { App } from "./app.ts";

const root = document.querySelector<HTMLElement>("#app");
if (root) await new App(root).start();
