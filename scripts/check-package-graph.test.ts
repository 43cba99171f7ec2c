import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BUILT_IN } from "../tsdown.base.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const scope = "@langthrift/";

interface Manifest {
  readonly name: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly engines?: { readonly node?: string };
  readonly files?: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The arrows of the architecture: what each package may import of the others. */
const features = ["semantic-cache", "model-router", "history-summarizer", "prompt-compressor", "cost-callback", "distillation"];
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  embeddings: ["core"],
  ...Object.fromEntries(features.map((name) => [name, ["core"]])),
  "cost-audit": ["core", "embeddings", ...features],
  langthrift: ["core", "embeddings", ...features, "cost-audit"],
};

const packages = readdirSync(join(root, "packages")).map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest,
  sources: sourceFiles(join(root, "packages", folder, "src")),
}));

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(folder, path));
}

/** Without tests and what only tests use. */
function published(sources: readonly string[]): string[] {
  return sources.filter((path) => !path.endsWith(".test.ts") && !path.includes("__fixtures__"));
}

/** Module names that a file imports, loaded late or not. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, "utf8");
  // An import must begin a line or be a call, so that quick starts inside comments do not count.
  const pattern = /^(?:import|export)\s[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|(?<!\*.*)\bimport\(\s*"([^"]+)"\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

describe.each(packages)("packages/$folder", ({ folder, manifest, sources }) => {
  it("has a place in the architecture", () => {
    expect(Object.keys(arrows)).toContain(folder);
  });

  it("imports only the packages that the architecture lets it", () => {
    const allowed = new Set(arrows[folder]);
    for (const path of published(sources)) {
      for (const name of importsOf(path)) {
        if (!name.startsWith(scope)) continue;
        const target = name.slice(scope.length).split("/")[0] as string;
        // The demo's server is bundled into the command and into `langthrift/demo`.
        if (folder === "langthrift" && target === "model-server" && /[/\\](?:cli|demo-server)[/\\]/.test(path)) continue;
        expect(allowed, `${path} imports ${name}`).toContain(target);
      }
    }
  });

  it("imports `langchain` only behind ./middleware", () => {
    const reached = new Set<string>();
    const queue = [join(root, "packages", folder, "src", "index.ts")];
    while (queue.length > 0) {
      const path = queue.pop() as string;
      if (reached.has(path)) continue;
      reached.add(path);
      for (const name of importsOf(path)) {
        expect(name, `${path} is reached from the package's root`).not.toMatch(/^langchain(?:\/|$)/);
        if (name.startsWith(".")) queue.push(join(path, "..", name));
      }
    }
  });

  it("depends on what it imports, and `@langchain/core` is a peer", () => {
    const declared = new Set([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})]);
    const builtIn = BUILT_IN.filter((name) => manifest.devDependencies?.[name] !== undefined);
    expect(manifest.dependencies ?? {}).not.toHaveProperty("@langchain/core");
    for (const name of builtIn) expect([...declared]).not.toContain(name);
    for (const path of published(sources)) {
      for (const name of importsOf(path)) {
        if (name.startsWith(".") || name.startsWith("node:")) continue;
        const target = name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : (name.split("/")[0] as string);
        if (target === manifest.name || target === `${scope}model-server`) continue;
        expect([...declared, ...builtIn], `${path} imports ${name}`).toContain(target);
      }
    }
  });

  it("is published as dual ESM and CommonJS, free of side effects, with a README", () => {
    expect(manifest).toMatchObject({ type: "module", sideEffects: false, engines: { node: ">=20.19.0" } });
    expect(manifest.files).toContain("dist");
    expect(Object.keys(manifest.publishConfig?.exports ?? {})).toEqual(Object.keys(manifest.exports));
    for (const [path, conditions] of Object.entries(manifest.publishConfig?.exports ?? {})) {
      if (path === "./package.json") continue;
      expect(conditions).toEqual({
        import: { types: expect.stringMatching(/\.d\.ts$/), default: expect.stringMatching(/\.js$/) },
        require: { types: expect.stringMatching(/\.d\.cts$/), default: expect.stringMatching(/\.cjs$/) },
      });
    }
    expect(readFileSync(join(root, "packages", folder, "README.md"), "utf8")).toMatch(/^# /);
  });
});

it("there are no circles and no package imports itself by name", () => {
  for (const { folder } of packages) {
    const seen = new Set<string>();
    const walk = (name: string) => {
      for (const target of arrows[name] ?? []) {
        expect(target).not.toBe(folder);
        if (!seen.has(target)) {
          seen.add(target);
          walk(target);
        }
      }
    };
    walk(folder);
  }
});
