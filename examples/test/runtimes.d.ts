// What the examples use of runtimes whose types are not installed.
declare const Bun: {
  serve(options: {
    readonly port: number;
    readonly hostname: string;
    readonly fetch: (
      request: Request,
      server: { requestIP(request: Request): { readonly address: string } | null },
    ) => Promise<Response>;
  }): unknown;
};

declare const Deno: {
  serve(
    options: { readonly port: number; readonly hostname: string; onListen(): void },
    handler: (
      request: Request,
      info: { readonly remoteAddr: { readonly hostname: string } },
    ) => Promise<Response>,
  ): unknown;
};
