import { existsSync } from "node:fs";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * The browser of this machine: `CHROMIUM_PATH`, or one in its usual place; `null` where there is none. Nothing is downloaded. A path that is
 * named is taken as it is, so that a wrong one fails and is not taken for "none".
 */
export function findChromium() {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return named;
  return usual.find((path) => existsSync(path)) ?? null;
}
