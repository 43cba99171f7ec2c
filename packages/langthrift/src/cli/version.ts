import { readFileSync } from "node:fs";

/** The package's version, read from the manifest that ships beside `dist`. */
export function version(): string {
  // From dist/cli and from src/cli alike.
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
