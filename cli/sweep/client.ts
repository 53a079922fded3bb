// The client of deployed sweeps.
import type { SweepClient } from '../../lambdas/adapters/sweep-client.ts';

/** Loaded when it is needed: what runs on this machine alone need not wait for the clients of AWS. */
export async function sweepClientOf(
  arn: string,
  { endpointUrl }: { readonly endpointUrl?: string | undefined },
): Promise<SweepClient> {
  const { createSweepClient } = await import('../../lambdas/adapters/sweep-client.ts');
  return createSweepClient({ arn, endpointUrl });
}
