// What a Task state reaches: the same resources as in the cloud, answered by the simulated services, with results and
// errors in the forms Step Functions gives them.
import { isTerminal, type JobDescription } from '../domain/job-description.ts';
import type { ModelPackageRequest } from '../domain/registration.ts';
import type { LambdaFunction } from '../lambdas/define-function.ts';
import { untilItWaits } from './clock/waiting.ts';
import type { VirtualClock } from './clock/virtual-clock.ts';
import type { Execution, Integration, Integrations, Json, TaskCall } from './machine/index.ts';
import { LostReply, SageMakerError } from './services/sagemaker-errors.ts';
import type { SimEventBus } from './services/sim-event-bus.ts';
import type { SimModelRegistry } from './services/sim-model-registry.ts';
import type { SimSageMaker } from './services/sim-sagemaker.ts';
import type { SimTaskTokens } from './services/sim-task-tokens.ts';

export interface IntegrationServices {
  readonly clock: VirtualClock;
  /** By ARN. */
  readonly functions: Readonly<Record<string, LambdaFunction<unknown>>>;
  readonly sagemaker: SimSageMaker;
  readonly bus: SimEventBus;
  readonly registry: SimModelRegistry;
  readonly tokens: SimTaskTokens;
  /** Undefined when the name is taken. */
  readonly startExecution: (
    stateMachineArn: string,
    name: string,
    input: unknown,
    onEnd: (execution: Execution) => void,
  ) => Execution | undefined;
  readonly onCall?: (call: TaskCall) => void;
  /** Around each integration, by resource. */
  readonly wrap?: (resource: string, integration: Integration) => Integration;
  /** @default a warm function with a few calls to AWS */
  readonly functionSeconds?: (arn: string) => number;
  /** @default always */
  readonly stopsOnAbort?: () => boolean;
  /** A function that waits for a port does not hold up the others. */
  readonly slowFunctions?: boolean;
}

/** A warm function with a few calls to AWS. */
const FUNCTION_SECONDS = 0.25;

export function createIntegrations(services: IntegrationServices): Integrations {
  const observed =
    (integration: Integration): Integration =>
    (call) => {
      services.onCall?.(call);
      return integration(call);
    };
  const work = (running: Promise<void>): Promise<void> =>
    services.slowFunctions === true ? untilItWaits(running) : running;
  const integrations: Integrations = {
    'lambda:invoke': observed((call) => work(invokeFunction(services, call))),
    'lambda:invoke.waitForTaskToken': observed((call) => work(invokeAndWait(services, call))),
    'sagemaker:createTrainingJob.sync': observed((call) => createTrainingJob(services, call)),
    'events:putEvents': observed((call) => putEvents(services, call)),
    'states:startExecution.sync:2': observed((call) => startExecution(services, call)),
    'aws-sdk:sagemaker:createModelPackage': observed((call) =>
      call.succeed(services.registry.create(call.arguments as unknown as ModelPackageRequest)),
    ),
  };
  const { wrap } = services;
  if (wrap === undefined) return integrations;
  return Object.fromEntries(
    Object.entries(integrations).map(([resource, integration]) => [resource, wrap(resource, integration)]),
  );
}

/** The function's answer only says that it has the token; whoever sends it back ends the task. */
async function invokeAndWait(services: IntegrationServices, call: TaskCall): Promise<void> {
  services.tokens.wait(call);
  await invokeFunction(services, call, (answer) => call.submitted(answer));
}

async function invokeFunction(
  { functions, clock, functionSeconds }: IntegrationServices,
  call: TaskCall,
  answered: (answer: Json) => void = (answer) => call.succeed(answer),
): Promise<void> {
  const { FunctionName, Payload } = call.arguments as { FunctionName: string; Payload: Json };
  const invoke = functions[FunctionName];
  if (invoke === undefined) {
    call.fail({
      error: 'Lambda.ResourceNotFoundException',
      cause: `Function not found: ${FunctionName} (Service: Lambda, Status Code: 404)`,
    });
    return;
  }
  // The call's arguments are a copy of its own, and so is what it is answered with: as on the wire, nothing is shared.
  const answer = await settle(() => invoke(Payload));
  clock.after(functionSeconds?.(FunctionName) ?? FUNCTION_SECONDS, () => {
    if (answer.ok)
      answered({
        ExecutedVersion: '$LATEST',
        Payload: (answer.value ?? null) as Json,
        StatusCode: 200,
      });
    else call.fail(functionError(answer.error));
  });
}

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

async function settle(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** The Node.js runtime reports name, message and stack; Step Functions takes the name as the error. */
function functionError(error: unknown): { error: string; cause: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { error: name, cause: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }) };
}

function createTrainingJob({ sagemaker, stopsOnAbort }: IntegrationServices, call: TaskCall): void {
  try {
    const { TrainingJobArn } = sagemaker.createTrainingJob(call.arguments, (job) => reportEnd(call, job));
    call.submitted({ TrainingJobArn });
    const { TrainingJobName } = call.arguments as { TrainingJobName: string };
    call.onAbort(() => {
      // Nobody is told when the service that runs the machine cannot stop the job.
      if (stopsOnAbort?.() ?? true) sagemaker.stop(TrainingJobName).catch(() => {});
    });
  } catch (error) {
    call.fail(createError(error));
  }
}

function reportEnd(call: TaskCall, job: JobDescription): void {
  const description = describeForTask(job);
  if (isTerminal(job) && job.status === 'Completed') call.succeed(description);
  else call.fail({ error: 'States.TaskFailed', cause: JSON.stringify(description) });
}

function createError(error: unknown): { error: string; cause: string } {
  if (error instanceof LostReply) return { error: 'SageMaker.SdkClientException', cause: error.message };
  if (!(error instanceof SageMakerError)) throw error;
  // Only two codes have an error name of their own in this integration; the rest share the generic one.
  const names: Readonly<Record<string, string>> = {
    ResourceLimitExceeded: 'SageMaker.ResourceLimitExceededException',
    ResourceInUse: 'SageMaker.ResourceInUseException',
  };
  return {
    error: names[error.code] ?? 'SageMaker.AmazonSageMakerException',
    cause: `${error.message} (Service: AmazonSageMaker; Status Code: ${error.statusCode}; Error Code: ${error.code}; Request ID: 00000000-0000-0000-0000-000000000000; Proxy: null)`,
  };
}

function describeForTask(job: JobDescription): Json {
  const fields = {
    TrainingJobName: job.jobName,
    TrainingJobArn: job.jobArn,
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    FailureReason: job.failureReason,
    ModelArtifacts: job.modelUri === undefined ? undefined : { S3ModelArtifacts: job.modelUri },
    TrainingTimeInSeconds: job.trainingSeconds,
    BillableTimeInSeconds: job.billableSeconds,
    EnableManagedSpotTraining: job.spot,
  };
  return JSON.parse(JSON.stringify(fields)) as Json;
}

/**
 * A child execution; `.sync:2` gives its output parsed. Stopped with its parent, as the service does
 * (https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html).
 */
function startExecution(services: IntegrationServices, call: TaskCall): void {
  const { StateMachineArn, Name, Input } = call.arguments as { StateMachineArn: string; Name: string; Input: Json };
  const child = services.startExecution(StateMachineArn, Name, Input, (ended) => {
    const description = describeExecution(ended, StateMachineArn, Input);
    if (ended.status === 'SUCCEEDED') call.succeed(description(ended.output ?? null));
    else call.fail({ error: 'States.TaskFailed', cause: JSON.stringify(description(undefined)) });
  });
  if (child === undefined) {
    call.fail({
      error: 'StepFunctions.ExecutionAlreadyExistsException',
      cause: `Execution Already Exists: '${Name}' (Service: AWSStepFunctions; Status Code: 400; Error Code: ExecutionAlreadyExists; Request ID: 00000000-0000-0000-0000-000000000000; Proxy: null)`,
    });
    return;
  }
  call.submitted({ ExecutionArn: child.arn, StartDate: new Date(child.startedAt * 1_000).toISOString() });
  call.onAbort(() => child.stop({ cause: 'the parent execution was stopped' }));
}

const describeExecution =
  ({ arn, name, status, startedAt, stoppedAt, error, cause }: Execution, stateMachineArn: string, input: Json) =>
  (output: Json | undefined): Json =>
    JSON.parse(
      JSON.stringify({
        ExecutionArn: arn,
        StateMachineArn: stateMachineArn,
        Name: name,
        Status: status,
        StartDate: startedAt * 1_000,
        StopDate: (stoppedAt ?? startedAt) * 1_000,
        Input: JSON.stringify(input),
        Output: output,
        Error: error,
        Cause: cause,
      }),
    ) as Json;

function putEvents({ bus }: IntegrationServices, call: TaskCall): void {
  const { Entries } = call.arguments as { Entries: { Source: string; DetailType: string; Detail: Json }[] };
  const answers = Entries.map(({ Source, DetailType, Detail }) => ({ EventId: bus.put(Source, DetailType, Detail) }));
  call.succeed({ Entries: answers, FailedEntryCount: 0 });
}
