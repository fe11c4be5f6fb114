// Writes the types of every service's interface from its OpenAPI document.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const from = resolve(process.argv[2] ?? "../../docs/reference/openapi");
const into = new URL("../src/api/generated/", import.meta.url);
mkdirSync(into, { recursive: true });
for (const file of readdirSync(from).filter((name) => name.endsWith(".json"))) {
  const types = await openapiTS(pathToFileURL(resolve(from, file)));
  writeFileSync(new URL(file.replace(".json", ".d.ts"), into), astToString(types));
}
