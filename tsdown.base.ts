import type { UserConfig } from "tsdown";

/** The one build of all packages: ESM and CommonJS with declarations, a file each, checked as a consumer would see it. */
export function packageBuild(entry: readonly string[], overrides: UserConfig = {}): UserConfig {
  return {
    entry: [...entry],
    format: ["esm", "cjs"],
    platform: "node",
    target: "node20",
    dts: { oxc: true },
    unbundle: true,
    fixedExtension: false,
    clean: true,
    publint: { strict: true },
    attw: { profile: "node16", level: "error" },
    ...overrides,
  };
}
