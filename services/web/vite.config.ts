import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { rescuerApp } from "./plugins/rescuer-app.ts";

/** For work on the pages: `LIFERING_URL=http://127.0.0.1:8000 npx vite`, before a running system. */
const system = process.env["LIFERING_URL"];
const proxied = ["/api", "/basemap", "/openapi"];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One build, one page for each kind of user, so that a phone does not load the console.
export default defineConfig({
  base: "/",
  plugins: [rescuerApp(here("."))],
  resolve: { alias: { "@": here("./src") } },
  server: { proxy: system ? Object.fromEntries(proxied.map((path) => [path, system])) : {} },
  build: {
    target: "es2023",
    // A picture inside a style sheet would be a data: URL; the policy allows those for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        start: here("./index.html"),
        console: here("./console/index.html"),
        locate: here("./locate/index.html"),
        planning: here("./planning/index.html"),
        rescuer: here("./rescuer/index.html"),
        station: here("./station/index.html"),
        registry: here("./registry/index.html"),
      },
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
