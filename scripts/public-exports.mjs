// What the packages export, as the compiler sees it. TypeScript 7 has no API for programs, so this uses the older one that TypeDoc needs.
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { publishedPackages, root } from "../docs/scripts/packages.mjs";

const require = createRequire(new URL("../docs/package.json", import.meta.url));
export const ts = require("typescript");

const KINDS = [
  [ts.SymbolFlags.Class, "class"],
  [ts.SymbolFlags.Function, "function"],
  [ts.SymbolFlags.Interface, "interface"],
  [ts.SymbolFlags.TypeAlias, "type"],
  [ts.SymbolFlags.Variable, "const"],
];

/** All exports of all subpaths, with the compiler's view of them. */
export function readPublicExports(repository = root) {
  const packages = publishedPackages(repository);
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const program = ts.createProgram(
    packages.flatMap(({ entries }) => entries.map(({ source }) => source)),
    { ...options, noEmit: true, typeRoots: [join(root, "node_modules", "@types")] },
  );
  const checker = program.getTypeChecker();
  const subpaths = packages.flatMap(({ folder, entries }) =>
    entries.map(({ subpath, module, source }) => {
      const file = checker.getSymbolAtLocation(program.getSourceFile(source));
      const exports = (file ? checker.getExportsOfModule(file) : []).map((exported) => {
        const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
        const kind = KINDS.find(([flag]) => symbol.flags & flag)?.[1] ?? "other";
        return { name: exported.name, kind, symbol };
      });
      return { folder, subpath, module, exports: exports.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    }),
  );
  return { checker, subpaths };
}

/** "packages/x/src/y.ts:12" of a node. */
export function placeOf(node) {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${relative(root, file.fileName)}:${line + 1}`;
}
