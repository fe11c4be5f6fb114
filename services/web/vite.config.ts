import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One build, one page for each kind of user, so that a phone does not load the console.
export default defineConfig({
  base: "/",
  resolve: { alias: { "@": here("./src") } },
  build: {
    target: "es2023",
    // A picture inside a style sheet would be a data: URL; the policy allows those for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        start: here("./index.html"),
        console: here("./console/index.html"),
        rescuer: here("./rescuer/index.html"),
        station: here("./station/index.html"),
        registry: here("./registry/index.html"),
        sw: here("./src/rescuer/sw.ts"),
      },
      output: {
        // A service worker is known by its address: that one never changes its name.
        entryFileNames: (chunk) =>
          chunk.name === "sw" ? "rescuer/sw.js" : "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
