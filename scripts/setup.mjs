// Installs what the lockfile names and, with --build, builds the packages. Quiet when there is nothing to do.
import { pnpm } from "./pnpm.mjs";

const flags = new Set(process.argv.slice(2));
const say = (text) => process.stderr.write(`[langthrift] ${text}\n`);

function step(what, args) {
  say(what);
  const started = Date.now();
  const code = pnpm(args, { quiet: true });
  if (code !== 0) {
    say(`${what} failed (exit code ${code}); the output above says why.`);
    process.exit(code);
  }
  say(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

step("installing dependencies (pnpm, frozen lockfile)", ["install", "--frozen-lockfile", "--prefer-offline"]);
if (flags.has("--build")) {
  // Not the documentation's site, which only `docs:build` needs.
  step("building the packages (turbo; a second run comes from its cache)", [
    "exec",
    "turbo",
    "run",
    "build",
    "--filter=!@langthrift/docs",
    "--output-logs=errors-only",
  ]);
}
