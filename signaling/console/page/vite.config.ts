import { defineConfig } from "vite";

/** As the viewer's page: hashed files, nothing inline, nothing from elsewhere. JSX is Preact's. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  // what a test builds is what is shipped: no names of source files in it
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
