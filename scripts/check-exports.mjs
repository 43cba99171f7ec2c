// Fails for what a user of a package would have to guess: exports and options without a doc comment, numbers without a unit, options without
// a default, and errors of ours that no `@throws` names.
//
//   node scripts/check-exports.mjs [package …]     all packages, or those in the named folders; --root FOLDER for another repository
import { parseArgs } from "node:util";
import { placeOf, readPublicExports, ts } from "./public-exports.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { root: { type: "string" } } });
const only = new Set(positionals);
const { checker, subpaths } = readPublicExports(values.root);

/** A number says what it counts in its name, or in its comment. */
const UNIT_NAME =
  /^tokens|(ms|usd|nanousd|tokens?|bytes|count|rate|rates|ratio|share|fraction|percent|entries|messages|calls|attempts|requests|rows|keys|runs|records|rpm|at|index|level|tier|seed|dimensions?|size|length|score|similarity|confidence|quality|probability|threshold|cosine|quantile|lambda|hits|misses|joined|characters|words|lookups|errors|permillion|per1k|usdpermillion|k|n|events|line|concurrency|retries|port|chars|version)$/i;
const UNIT_WORDS =
  /\b(ms|milliseconds?|seconds?|minutes?|hours?|days?|tokens?|dollars?|USD|bytes?|MiB|KiB|fraction|share|ratio|percent|%|cosine|probability|0 to 1|from 0|between|times|how many|how often|number of|count|counts|counted|calls?|messages?|entries|requests?|attempts?|characters?|words?|rows?|keys?|records?|texts?|documents?|vectors?|answers?|questions?|lines?|units?|dimensions?|log|mean|score|weight|standard errors?|positive|whole|models?|neighbours?|hits?|events?|Hz|GB|items?|tries|strength|rank|rate|confidence|sentences?|samples?|processes|candidates?|pairs?|judgements?|batch|summaries|quality|price|cost|version|index)\b/i;
const DEFAULT_WORDS = /\b(default|without|absent|unless|omitted|none|needed|never|else|instead|if set|when given|in place of|optional)\b/i;

const problems = new Map();
function report(node, name, what) {
  problems.set(`${placeOf(node)} ${name}: ${what}`, true);
}

const isOurs = (node) => /\/packages\/[^/]+\/src\//.test(node.getSourceFile().fileName.replaceAll("\\", "/"));

/** Text and tags of a comment; members inherit those of what they implement or override. */
function commentOf(symbol) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const tags = symbol.getJsDocTags(checker).map(({ name, text: parts }) => `@${name} ${ts.displayPartsToString(parts)}`);
  return [text, ...tags].join("\n").trim();
}

/** A variable's comment stands before its statement; the compiler finds it there by itself. */
const declarationsOf = (symbol) => (symbol.declarations ?? []).filter(isOurs);

function isNumber(type) {
  if (type.isUnion())
    return (
      type.types.some(isNumber) && type.types.every((part) => isNumber(part) || part.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null))
    );
  return (type.flags & ts.TypeFlags.Number) !== 0;
}

/** What only describes a client of somebody else, or a test runner: its methods are documented there. */
const FOREIGN = /(Like|Client|Cluster|Module|Expectation)$/;

function checkMember(member, owner, { options, ownerComment }) {
  const node = declarationsOf(member)[0];
  if (!node || ts.isParameter(node) || ts.isTypeParameterDeclaration(node)) return;
  if (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return;
  if (member.name.startsWith("#") || member.name.startsWith("__")) return;
  const name = `${owner}.${member.name}`;
  const comment = commentOf(member);
  if (options && comment === "") report(node, name, "an option without a comment");
  if (ts.isMethodSignature(node) && comment === "" && !options && !FOREIGN.test(owner))
    report(node, name, "a method of a port without a comment");
  const type = checker.getTypeOfSymbolAtLocation(member, node);
  if (isNumber(type) && !UNIT_NAME.test(member.name) && !UNIT_WORDS.test(`${comment} ${ownerComment}`)) {
    report(node, name, "a number without a unit in its name or comment");
  }
  if (
    options &&
    member.flags & ts.SymbolFlags.Optional &&
    comment !== "" &&
    isNumber(type) &&
    !/@default/.test(comment) &&
    !DEFAULT_WORDS.test(comment)
  ) {
    report(node, name, "a number without its default");
  }
}

// Errors -------------------------------------------------------------------------------------------------------------------------------------

const thrownBy = new Map();

const packageOf = (node) => /\/packages\/([^/]+)\//.exec(node.getSourceFile().fileName.replaceAll("\\", "/"))?.[1];

/** Names of our errors that running a function may throw, followed through what it calls of its own package. */
function thrownIn(declaration) {
  const known = thrownBy.get(declaration);
  if (known) return known;
  const found = new Set();
  thrownBy.set(declaration, found);
  const walk = (node) => {
    if (node !== declaration && ts.isFunctionLike(node)) return; // runs later, or is reached by its call
    if (ts.isTryStatement(node) && node.catchClause) {
      walk(node.catchClause.block);
      if (node.finallyBlock) walk(node.finallyBlock);
      return;
    }
    if (ts.isThrowStatement(node) && node.expression && ts.isNewExpression(node.expression)) {
      const name = node.expression.expression.getText();
      if (name.endsWith("Error") && isBranded(node.expression)) found.add(name);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const callee = checker.getResolvedSignature(node)?.declaration;
      if (callee && isOurs(callee) && packageOf(callee) === packageOf(declaration)) {
        for (const name of thrownIn(callee)) {
          // Without arguments there is no option that could be wrong.
          if (name !== "InvalidOptionError" || (node.arguments?.length ?? 0) > 0) found.add(name);
        }
      }
    }
    ts.forEachChild(node, walk);
  };
  for (const parameter of declaration.parameters ?? []) if (parameter.initializer) walk(parameter.initializer);
  if (declaration.body) walk(declaration.body);
  return found;
}

function isBranded(expression) {
  for (let type = checker.getTypeAtLocation(expression); type; type = checker.getBaseTypes(type)[0]) {
    if (type.symbol?.name === "LangThriftError") return true;
    if (!type.isClassOrInterface()) return false;
  }
  return false;
}

function checkThrows(declaration, name, comment) {
  // An async function's errors arrive by its promise, and are documented the same way.
  for (const error of thrownIn(declaration)) {
    const tags = comment.split("\n").filter((line) => line.startsWith("@throws"));
    if (!tags.some((tag) => tag.includes(error))) report(declaration, name, `throws ${error}, and no \`@throws {${error}}\` says so`);
  }
}

function checkParameters(declaration, name, comment) {
  for (const parameter of declaration.parameters ?? []) {
    if (!ts.isIdentifier(parameter.name)) continue;
    const type = checker.getTypeAtLocation(parameter);
    if (isNumber(type) && !UNIT_NAME.test(parameter.name.text) && !UNIT_WORDS.test(comment)) {
      report(parameter, `${name}(${parameter.name.text})`, "a number without a unit in its name or comment");
    }
  }
}

// Exports ------------------------------------------------------------------------------------------------------------------------------------

function checkExport({ name, kind, symbol }) {
  const nodes = declarationsOf(symbol);
  const node = nodes[0];
  if (!node) return;
  const comment = commentOf(symbol);
  if (comment === "") report(node, name, `${kind} without a doc comment`);

  if (kind === "interface" || kind === "type") {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const own = kind === "interface" ? [...(symbol.members?.values() ?? [])] : type.flags & ts.TypeFlags.Object ? type.getProperties() : [];
    for (const member of own) checkMember(member, name, { options: name.endsWith("Options"), ownerComment: comment });
  }
  if (kind === "function") {
    for (const declaration of nodes.filter(ts.isFunctionDeclaration)) {
      checkParameters(declaration, name, comment);
      checkThrows(declaration, name, comment);
    }
  }
  if (kind === "class") {
    const constructor = node.members?.find(ts.isConstructorDeclaration);
    // TypeScript's own comment of a constructor is that of its signature.
    const own = constructor
      ? ts
          .getJSDocTags(constructor)
          .map((tag) => `@${tag.tagName.text} ${tag.getText()}`)
          .join("\n")
          .replaceAll(/@throws @throws/g, "@throws")
      : "";
    if (constructor) checkThrows(constructor, `new ${name}`, `${comment}\n${own}`);
    for (const member of symbol.members?.values() ?? []) {
      const [declaration] = declarationsOf(member);
      if (!declaration || !ts.isMethodDeclaration(declaration)) continue;
      if (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) continue;
      if (ts.isPrivateIdentifier(declaration.name)) continue;
      const text = commentOf(member);
      if (text === "" && !(ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Override)) {
        report(declaration, `${name}.${member.name}`, "a method without a comment");
      }
      // What begins with an underscore is called by LangChain.
      if (!member.name.startsWith("_")) checkThrows(declaration, `${name}.${member.name}`, text);
    }
    for (const member of symbol.members?.values() ?? []) checkMember(member, name, { options: false, ownerComment: "" });
  }
}

const seen = new Set();
let count = 0;
for (const { folder, exports } of subpaths) {
  if (only.size > 0 && !only.has(folder)) continue;
  for (const exported of exports) {
    if (seen.has(exported.symbol)) continue;
    seen.add(exported.symbol);
    count += 1;
    checkExport(exported);
  }
}
for (const problem of [...problems.keys()].sort((a, b) => a.localeCompare(b))) process.stdout.write(`${problem}\n`);
process.stdout.write(`${count} exports: ${problems.size} problems\n`);
process.exitCode = problems.size === 0 ? 0 : 1;
