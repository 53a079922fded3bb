// What AWS refuses, in words that say what to do: most of it is a matter of credentials, Region or a wrong name.
import { EXIT, UsageError } from '../exit-codes.ts';

export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.awsFailed) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Advice {
  readonly names: RegExp;
  readonly message?: RegExp;
  readonly advice: string;
}

const ADVICE: readonly Advice[] = [
  {
    names: /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/,
    advice: 'the credentials have expired: sign in again, for example aws sso login, or renew AWS_SESSION_TOKEN',
  },
  {
    names:
      /^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|InvalidAccessKeyId|IncompleteSignature)$/,
    advice: 'the credentials are not valid: check AWS_PROFILE or the keys in the environment',
  },
  {
    names: /^(CredentialsProviderError|TokenProviderError)$/,
    advice: 'no credentials were found: set AWS_PROFILE, or sign in with aws sso login',
  },
  {
    names: /.*/,
    message: /region is missing|region not accepted/i,
    advice: 'no Region is set: give --region, or set AWS_REGION',
  },
  {
    names: /^(AccessDenied|AccessDeniedException|AccessDeniedError|Forbidden)$/,
    advice: 'these credentials may not do that: the message names the action; ask for it, or use another profile',
  },
  {
    names: /^(StateMachineDoesNotExist|ExecutionDoesNotExist|InvalidArn)$/,
    advice:
      'there is no such run or pipeline here: check the name, the account and the Region; spotrelay ls lists runs',
  },
  {
    names: /^PermanentRedirect$/,
    advice: 'the bucket is in another Region: give it with --region',
  },
  {
    names: /.*/,
    message: /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET/,
    advice: 'the service could not be reached: check the network, the Region and --endpoint-url',
  },
];

/** Anything that is none of AWS's answers stays as it is. */
export function inWords(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UsageError || error instanceof OperationError) return error;
  const text = `${error.message} ${(error as { code?: string }).code ?? ''}`;
  const known = ADVICE.find(({ names, message }) => names.test(error.name) && (message?.test(text) ?? true));
  if (known !== undefined) return new OperationError(`${known.advice} (${error.name}: ${error.message})`);
  return '$metadata' in error ? new OperationError(`AWS answers ${error.name}: ${error.message}`) : error;
}
