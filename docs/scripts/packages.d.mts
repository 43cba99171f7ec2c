export interface PublishedPackage {
  /** Below `packages/`. */
  readonly folder: string;
  readonly name: string;
  readonly description: string;
  /** One for each subpath: how it is imported, and its source file. */
  readonly entries: readonly { readonly subpath: string; readonly module: string; readonly source: string }[];
}
export const root: string;
export function publishedPackages(repository?: string): readonly PublishedPackage[];
