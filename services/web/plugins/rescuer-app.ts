/**
 * What makes the rescuer's page an app: icons, the manifest that names them, and the service
 * worker with the list of files that it keeps. The worker is one classic script of its own,
 * because not every phone's browser takes modules there.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build, type Plugin, type Rollup } from "vite";
import { icon } from "./icons.ts";

const PAGE = "rescuer/index.html";
/** Larger ones (the map) are kept once they were used, not before. */
const MOST_BYTES = 400_000;
const ICONS = [
  { name: "rescuer-192", size: 192, fill: 0.9, purpose: "any" },
  { name: "rescuer-512", size: 512, fill: 0.9, purpose: "any" },
  { name: "rescuer-maskable-512", size: 512, fill: 0.7, purpose: "maskable" },
] as const;

type Bundle = Rollup.OutputBundle;

export function rescuerApp(root: string): Plugin {
  let out = "";
  let kept: string[] = [];
  let version = "";
  const icons = new Map<string, string>();
  return {
    name: "lifering-rescuer-app",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    generateBundle() {
      for (const { name, size, fill } of ICONS) {
        const source = icon(size, fill);
        const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
        const fileName = `assets/${name}-${hash}.png`;
        icons.set(name, fileName);
        this.emitFile({ type: "asset", fileName, source });
      }
    },
    writeBundle(_, bundle) {
      const files = filesOf(bundle);
      const svg = Object.keys(bundle).filter((name) => /assets\/icon-.*\.svg$/.test(name));
      kept = [
        "/rescuer/",
        "/rescuer/manifest.webmanifest",
        ...[...files, ...svg, icons.get("rescuer-192") ?? ""].map((name) => `/${name}`),
      ].toSorted();
      const page = readFileSync(resolve(out, PAGE));
      version = createHash("sha256")
        .update(page)
        .update(kept.join("\n"))
        .digest("hex")
        .slice(0, 12);
      writeManifest(out, icons, svg[0]);
    },
    async closeBundle() {
      await build({
        configFile: false,
        root,
        publicDir: false,
        logLevel: "warn",
        resolve: { alias: { "@": resolve(root, "src") } },
        define: { __PRECACHE__: JSON.stringify(kept), __VERSION__: JSON.stringify(version) },
        build: {
          target: "es2023",
          emptyOutDir: false,
          outDir: resolve(out, "rescuer"),
          lib: {
            entry: resolve(root, "src/rescuer/sw.ts"),
            formats: ["iife"],
            name: "liferingRescuerWorker",
            fileName: () => "sw.js",
          },
        },
      });
    },
  };
}

/** Every script and style that the page may load, now or later, small enough to be kept. */
function filesOf(bundle: Bundle): Set<string> {
  const files = new Set<string>();
  const visit = (name: string): void => {
    const chunk = bundle[name];
    if (files.has(name) || chunk?.type !== "chunk") return;
    if (chunk.code.length > MOST_BYTES) return;
    files.add(name);
    for (const style of chunk.viteMetadata?.importedCss ?? []) files.add(style);
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) visit(next);
  };
  for (const [name, chunk] of Object.entries(bundle)) {
    if (chunk.type === "chunk" && chunk.facadeModuleId?.endsWith(PAGE)) visit(name);
  }
  return files;
}

function writeManifest(out: string, icons: ReadonlyMap<string, string>, svg?: string): void {
  const path = resolve(out, "rescuer/manifest.webmanifest");
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  manifest["icons"] = [
    ...(svg ? [{ src: `/${svg}`, sizes: "any", type: "image/svg+xml", purpose: "any" }] : []),
    ...ICONS.map(({ name, size, purpose }) => ({
      src: `/${icons.get(name) ?? ""}`,
      sizes: `${size}x${size}`,
      type: "image/png",
      purpose,
    })),
  ];
  writeFileSync(path, JSON.stringify(manifest, null, 1));
}
