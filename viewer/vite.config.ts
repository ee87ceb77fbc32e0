import { defineConfig } from "vite";

/** One page, hashed files, nothing inline, nothing from elsewhere: fit for a Content-Security-Policy of 'self'. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
