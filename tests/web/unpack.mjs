// Unpacks the browser into TMPDIR and prints where it is, and what it needs to find its libraries.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const folder = process.argv[2];
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs24.x"; // brings the libraries along
const require = createRequire(join(folder, "package.json"));
const entry = pathToFileURL(require.resolve("@sparticuz/chromium"));
const { default: chromium } = await import(entry);
const path = await chromium.executablePath();
const { LD_LIBRARY_PATH, FONTCONFIG_PATH } = process.env;
console.log(JSON.stringify({ path, environment: { LD_LIBRARY_PATH, FONTCONFIG_PATH } }));
