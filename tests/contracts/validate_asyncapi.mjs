// Reads an AsyncAPI document on stdin, prints what the parser finds as one JSON array.
// The parser lies in the folder given as the first argument, not beside this file.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "package.json"));
const { Parser } = require("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const found = diagnostics.map(({ code, message, path, severity }) => ({
  code,
  message,
  path: path.join("/"),
  severity,
}));
if (document === undefined && found.length === 0) {
  found.push({ code: "no-document", message: "nothing was parsed", path: "", severity: 0 });
}
process.stdout.write(JSON.stringify(found));
