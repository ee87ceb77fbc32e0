import { defineConfig, type Plugin } from "vite";

const FIRST = "/state/first-questions.ts";
const EARLY = "/client/early.ts";
const MAIN = "/page/main.tsx";
const WORDS = "/words/strings-ja.ts";

/** What the first view is made of. One file is smaller than several, and does not wait for connections. */
const firstView = new Set<string>();

/** Before the script comes a small one that asks the server; the words of most people come along with it. */
const first: Plugin = {
  name: "first",
  apply: "build",
  buildStart() {
    this.emitFile({ type: "chunk", id: import.meta.dirname + FIRST });
  },
  buildEnd() {
    const add = (id: string): void => {
      if (firstView.has(id) || id.endsWith(EARLY)) return;
      firstView.add(id);
      for (const imported of this.getModuleInfo(id)?.importedIds ?? []) add(imported);
    };
    for (const id of this.getModuleIds()) if (id.endsWith(MAIN)) add(id);
  },
  transformIndexHtml: {
    order: "post",
    handler(_html, { bundle = {} }) {
      const hrefOf = (module: string): string => {
        const chunk = Object.values(bundle).find((one) => one.type === "chunk" && one.facadeModuleId?.endsWith(module));
        return `/${chunk?.fileName}`;
      };
      return [
        { tag: "script", attrs: { type: "module", crossorigin: true, src: hrefOf(FIRST) }, injectTo: "head-prepend" },
        { tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: hrefOf(WORDS) }, injectTo: "head" },
      ];
    },
  },
};

/** As the viewer's page: hashed files, nothing inline, nothing from elsewhere. JSX is Preact's. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [first],
  // what a test builds is what is shipped: no names of source files in it
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // what the small one shares with the other must not wait for it
            { name: "early", test: (id) => id.endsWith(EARLY), priority: 1 },
            { name: "first-view", test: (id) => firstView.has(id) },
          ],
        },
      },
    },
  },
});
