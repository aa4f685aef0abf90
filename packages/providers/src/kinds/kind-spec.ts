/** Everything that tells one kind of endpoint from another, but for its requests: those are its adapter's. */
export interface KindSpec {
  /** The kind in the API's schema, as a sentence. */
  readonly description: string;
  /** An endpoint of this kind with its article: "an Ollama endpoint". */
  readonly anEndpoint: string;
  /** Says that a server is of this kind, as a sentence: "This is an Ollama server." */
  readonly isThisKind: string;
  /**
   * Says that a server is not of this kind, as a sentence before the other's `isThisKind`; null: that one says enough.
   */
  readonly isNotThisKind: string | null;
  /** Begins the sentence that goes on with "with 12 models.": "An Ollama server answers there". */
  readonly answersThere: string;

  /**
   * The environment variables that list URLs and keys of such endpoints; `keys` null: they have none. Null: no such
   * list.
   */
  readonly settings: { readonly urls: string; readonly keys: string | null } | null;

  /** Ends of paths that people paste with the base URL, longest first and in lower case: they are taken off. */
  readonly pastedSuffixes: readonly string[];
  /** Completes a URL that was typed without a scheme. */
  completeUrl(typed: string): string;
  /** What usually helps where something else than this API answers at a URL. */
  urlHint(url: string): string;
  /** What usually helps where a request to this URL was answered with "not found". */
  notFoundHint(url: URL): string;
  /** What helps where a 403 came without a word; null: nothing particular. */
  readonly silentRefusalHint: string | null;
  /** For servers that listen on loopback only until they are told otherwise: their usual port, and how to change it. */
  readonly loopbackByDefault: { readonly port: number; readonly hint: string } | null;

  /** Where the OpenAI format is below the base URL: "" or "/v1". */
  readonly openAiPath: string;
  /** Callers' requests in the Ollama API go to it as they come. False: they are translated into the OpenAI format. */
  readonly speaksOllamaApi: boolean;
  /**
   * It loads models when callers ask for them, and callers may say with which context and for how long: that has
   * limits.
   */
  readonly holdsModels: boolean;
  /**
   * A stream in the OpenAI format that ends without its end marks has failed. False: some of these servers send none.
   */
  readonly alwaysSendsEndMarks: boolean;
}
