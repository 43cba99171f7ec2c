import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { UserConfig } from "tsdown";

type Plugin = Extract<UserConfig["plugins"], { readonly name: string }>;

/** Libraries that are built into the packages that use them, and no dependencies: as such they cost each import thirty files, or 800 kB. */
export const BUILT_IN: readonly string[] = ["cockatiel", "@pydantic/genai-prices"];

/** The one build of all packages: ESM and CommonJS with declarations, few files because each costs an import time, checked as a consumer would see it. */
export function packageBuild(entry: readonly string[], overrides: UserConfig = {}): UserConfig {
  const { plugins = [], ...others } = overrides;
  return {
    entry: [...entry],
    format: ["esm", "cjs"],
    platform: "node",
    target: "node20",
    dts: { oxc: true },
    fixedExtension: false,
    clean: true,
    publint: { strict: true },
    attw: { profile: "node16", level: "error" },
    // Their CommonJS halves cannot be cut to what is used.
    inputOptions: { resolve: { mainFields: ["module", "main"] } },
    ...others,
    plugins: [keepLicenses(), plugins],
  };
}

/** Writes the licence of each built-in library at the head of the files that hold its code. */
function keepLicenses(): Plugin {
  return {
    name: "langthrift:keep-licenses",
    renderChunk(code, chunk) {
      const notices = BUILT_IN.flatMap((name) => {
        const part = join("node_modules", name, "/");
        const id = chunk.moduleIds.find((module) => module.includes(part));
        if (id === undefined) return [];
        const folder = id.slice(0, id.lastIndexOf(part) + part.length);
        return [`/*! Contains parts of ${name}:\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n*/\n`];
      });
      return notices.length === 0 ? null : { code: notices.join("") + code };
    },
  };
}
