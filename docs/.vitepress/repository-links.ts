import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

const repository = "https://github.com/langthrift/langthrift/blob/main/";

/** Links that lead out of docs/ (from pages that include a README) go to the file on the code host. */
export function repositoryLinks(markdown: MarkdownRenderer): void {
  const render = markdown.renderer.rules["link_open"];
  markdown.renderer.rules["link_open"] = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const href = token?.attrGet("href") ?? "";
    const { relativePath = "" } = env as { relativePath?: string };
    if (token && href.startsWith("../")) {
      const target = posix.join("docs", posix.dirname(relativePath), href);
      if (!target.startsWith("docs/")) token.attrSet("href", repository + target);
    }
    return render ? render(tokens, index, options, env, self) : self.renderToken(tokens, index, options);
  };
}
