/** The administrators' page begins here. */
import "../../client/no-eval.ts";
import "../../client/look/look.css";
import "./look/console.css";
import { render } from "preact";
import { App } from "./app.tsx";

const root = document.querySelector<HTMLElement>("#app");
if (root) render(<App />, root);
