/** The page begins here. */
import "./no-eval.ts";
import "./style.css";
import { App } from "./app.ts";

const root = document.querySelector<HTMLElement>("#app");
if (root) await new App(root).start();
