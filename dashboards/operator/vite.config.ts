import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    // Nothing is inlined: the page's content security policy allows own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
