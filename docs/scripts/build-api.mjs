// Writes docs/api from the doc comments of every public export: one page a subpath, grouped by package.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { Application, Converter, ReflectionKind } from "typedoc";
import { publishedPackages, root } from "./packages.mjs";
import { slug } from "./slug.mjs";

const out = join(root, "docs", "api");
const packages = publishedPackages();
const moduleOf = new Map(packages.flatMap(({ entries }) => entries.map(({ source, module }) => [source, module])));

const application = await Application.bootstrapWithPlugins({
  entryPoints: [...moduleOf.keys()],
  tsconfig: join(root, "docs", "tsconfig.api.json"),
  plugin: ["typedoc-plugin-markdown"],
  out,
  name: "API reference",
  readme: "none",
  // The declarations are checked by `npm run types`; here a second compiler would only say it differently.
  skipErrorChecking: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  hideGenerator: true,
  treatWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  // Options of typedoc-plugin-markdown.
  router: "module",
  entryFileName: "index.md",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: "list",
  interfacePropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  tableColumnSettings: { hideSources: true, hideInherited: true, hideModifiers: true },
});

const declarationsOf = (context, reflection) => context.getSymbolFromReflection(reflection)?.declarations ?? [];

application.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
  for (const module of context.project.children ?? []) {
    const file = declarationsOf(context, module)[0]?.getSourceFile().fileName;
    const name = file === undefined ? undefined : moduleOf.get(file);
    if (name !== undefined) module.name = name;
  }
  for (const reflection of Object.values(context.project.reflections)) {
    // A destructured parameter has no name of its own.
    if (reflection.kindOf(ReflectionKind.Parameter) && reflection.name.startsWith("__namedParameters")) reflection.name = "options";
    nameErrors(context, reflection);
  }
});

/** TypeDoc drops the type of `@throws {Type} when …`; without it nobody knows what to catch. */
function nameErrors(context, reflection) {
  const tags = reflection.comment?.blockTags.filter(({ tag }) => tag === "@throws") ?? [];
  if (tags.length === 0) return;
  const owner = reflection.kindOf(ReflectionKind.SomeSignature) ? reflection.parent : reflection;
  const text = declarationsOf(context, owner)
    .map((declaration) => commentsOf(declaration))
    .join("\n");
  const types = new Map([...text.matchAll(/@throws\s+\{([^}]+)\}[ \t]*([^\n]*)/g)].map(([, type, line]) => [line.trim(), type]));
  for (const tag of tags) {
    const first = tag.content[0]?.text.split("\n")[0]?.trim() ?? "";
    const type = [...types].find(([line]) => line.startsWith(first) || first.startsWith(line))?.[1];
    if (type !== undefined) tag.content.unshift({ kind: "code", text: `\`${type}\`` }, { kind: "text", text: " " });
  }
}

/** The comments before a declaration, or before the statement that it is part of. */
function commentsOf(declaration) {
  const source = declaration.getSourceFile().text;
  let node = declaration;
  if (node.parent?.declarations !== undefined) node = node.parent.parent;
  return source.slice(node.pos, node.getStart());
}

const project = await application.convert();
if (project === undefined || application.logger.hasErrors()) process.exit(1);
rmSync(out, { recursive: true, force: true });
await application.generateOutputs(project);
if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);

mendAnchors();

/** TypeDoc numbers some anchors that are not taken: `SemanticCacheOptions` because of `SemanticCache.options`. */
function mendAnchors() {
  const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  const texts = new Map(files.map((name) => [name.replaceAll("\\", "/"), readFileSync(join(out, name), "utf8")]));
  const anchors = new Map([...texts].map(([name, text]) => [name, anchorsOf(text)]));
  for (const [name, text] of texts) {
    const mended = text.replace(/\]\(([^)#\s]*)#([^)\s]+)-\d+\)/g, (link, path, base) => {
      const known = anchors.get(path === "" ? name : posix.join(posix.dirname(name), path));
      return known?.has(base) && !known.has(link.slice(link.indexOf("#") + 1, -1)) ? `](${path}#${base})` : link;
    });
    writeFileSync(join(out, name), `---\npageClass: api\n---\n\n${mended}`);
  }
}

function anchorsOf(text) {
  const found = new Set();
  for (const [, heading] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const base = slug(heading.replaceAll("\\", ""));
    let unique = base;
    for (let count = 1; found.has(unique); count += 1) unique = `${base}-${count}`;
    found.add(unique);
  }
  return found;
}

// TypeDoc's own index is a flat list.
const lines = packages.map(({ name, description, entries }) => {
  const subpaths = entries.filter(({ subpath }) => subpath !== ".").map(({ subpath, module }) => `[\`${subpath}\`](./${module}.md)`);
  return `| [\`${name}\`](./${name}.md) | ${description} | ${subpaths.join(" ")} |`;
});
writeFileSync(
  join(out, "index.md"),
  `# API reference

Every public export of every package, from the comments in the source. A subpath is imported by its full name, as in \`@langthrift/semantic-cache/redis\`.

| package | | subpaths |
| --- | --- | --- |
${lines.join("\n")}
`,
);
