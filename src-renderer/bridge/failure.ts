/** What a call ends with when it does not succeed: the server's code and sentence, or ours when the connection is away. */
export class BridgeFailure extends Error {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.name = 'BridgeFailure';
    this.code = code;
  }
}

/** The sentence for a person, whatever was thrown. */
export function sentenceOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

export function codeOf(cause: unknown): string | undefined {
  return cause instanceof BridgeFailure ? cause.code : undefined;
}
