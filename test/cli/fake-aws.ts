// An AWS that speaks just enough of its protocols for the command line: Step Functions, SageMaker, ECR and Service Quotas as
// JSON, IAM as a form answered in XML, S3 as REST.
// What it knows comes out of simulated runs, in the form in which the services tell it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobDescription } from '../../domain/job-description.ts';
import type { HistoryEvent } from '../../simulator/machine/index.ts';

export interface FakeExecution {
  readonly name: string;
  status: string;
  readonly startedAt: string;
  readonly stoppedAt?: string;
  /** Read anew for every look, so that a run may go on while it is watched. */
  readonly history: () => readonly HistoryEvent[];
  readonly cause?: string;
  readonly output?: string;
}

export interface FakeState {
  readonly machines: Readonly<Record<string, { readonly definition: unknown; readonly executions: FakeExecution[] }>>;
  readonly jobs?: readonly JobDescription[];
  /** DescribeTrainingJob replies as they are, by name. */
  readonly replies?: Readonly<Record<string, unknown>>;
  /** By `bucket/key`. */
  readonly objects?: Readonly<Record<string, string>>;
  readonly buckets?: Readonly<Record<string, { readonly region: string; readonly events: boolean }>>;
  readonly modelPackageGroups?: readonly string[];
  /** Trust policies by role name. */
  readonly roles?: Readonly<Record<string, unknown>>;
  /** As `repository:tag`. */
  readonly images?: readonly string[];
  /** SageMaker's quotas by name: AWS's defaults, and what is applied in this account. */
  readonly quotas?: {
    readonly defaults: Readonly<Record<string, number>>;
    readonly applied: Readonly<Record<string, number>>;
  };
  /** Operations that these credentials may not call. */
  readonly denied?: readonly string[];
  /** What becomes of an execution that is started; it runs, and nothing is told of it, where this is absent. */
  readonly onStart?: (machine: string, input: unknown) => Partial<FakeExecution>;
  /** Every call is answered with this error. */
  readonly error?: { readonly name: string; readonly message: string };
}

const PLACE = 'us-east-1:000000000000';
const machineArn = (name: string): string => `arn:aws:states:${PLACE}:stateMachine:${name}`;
export const executionArn = (machine: string, name: string): string =>
  `arn:aws:states:${PLACE}:execution:${machine}:${name}`;

/** What the SDK needs to call it. */
export const FAKE_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'fake',
  AWS_SECRET_ACCESS_KEY: 'fake',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

export interface FakeAws {
  readonly url: string;
  /** What was asked, as `Operation name`. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

export async function fakeAws(state: FakeState): Promise<FakeAws> {
  const calls: string[] = [];
  const server: Server = createServer((request, response) => {
    void answer(state, request, calls).then(({ status, body, headers }) => send(response, status, body, headers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'fake', ...headers });
  response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
}

async function answer(state: FakeState, request: IncomingMessage, calls: string[]): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, operation] = String(request.headers['x-amz-target'] ?? '').split('.');
  if (state.error !== undefined) return refusal(state.error.name, state.error.message);
  if (String(request.headers['content-type']).startsWith('application/x-www-form-urlencoded'))
    return identity(state, new URLSearchParams(Buffer.concat(chunks).toString()), calls);
  if (operation === undefined) return storage(state, request, calls);
  if (state.denied?.includes(operation) === true)
    return refusal('AccessDeniedException', `not authorized to perform: ${operation}`);
  const input = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, string>;
  calls.push(
    [operation, input['TrainingJobName'] ?? input['name'] ?? input['executionArn']?.split(':').at(-1) ?? '']
      .join(' ')
      .trim(),
  );
  return OPERATIONS[operation]?.(state, input) ?? refusal('UnknownOperationException', operation);
}

const refusal = (name: string, message: string): Answer => ({ status: 400, body: { __type: name, message } });

const seconds = (iso: string): number => Date.parse(iso) / 1_000;

function find(state: FakeState, arn: string | undefined): { machine: string; execution: FakeExecution } | undefined {
  for (const [machine, { executions }] of Object.entries(state.machines)) {
    const execution = executions.find(({ name }) => executionArn(machine, name) === arn);
    if (execution !== undefined) return { machine, execution };
  }
  return undefined;
}

const summary = (machine: string, { name, status, startedAt, stoppedAt, cause, output }: FakeExecution) => ({
  executionArn: executionArn(machine, name),
  stateMachineArn: machineArn(machine),
  name,
  status,
  startDate: seconds(startedAt),
  ...(stoppedAt === undefined || status === 'RUNNING' ? {} : { stopDate: seconds(stoppedAt) }),
  ...(cause === undefined ? {} : { cause }),
  ...(output === undefined ? {} : { output }),
});

const gone = (arn: string | undefined): Answer =>
  refusal('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);

const OPERATIONS: Readonly<Record<string, (state: FakeState, input: Record<string, string>) => Answer>> = {
  ListStateMachines: ({ machines }) => ({
    status: 200,
    body: {
      stateMachines: Object.keys(machines).map((name) => ({
        name,
        stateMachineArn: machineArn(name),
        type: 'STANDARD',
        creationDate: 0,
      })),
    },
  }),
  DescribeStateMachine: ({ machines }, { stateMachineArn = '' }) => {
    const name = stateMachineArn.split(':').at(-1) ?? '';
    const machine = machines[name];
    if (machine === undefined)
      return refusal('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    return {
      status: 200,
      body: {
        name,
        stateMachineArn,
        status: 'ACTIVE',
        type: 'STANDARD',
        creationDate: 0,
        roleArn: 'arn:aws:iam::000000000000:role/x',
        definition: JSON.stringify(machine.definition),
      },
    };
  },
  ListExecutions: ({ machines }, { stateMachineArn = '', statusFilter }) => {
    const name = stateMachineArn.split(':').at(-1) ?? '';
    const executions = (machines[name]?.executions ?? []).filter(
      ({ status }) => statusFilter === undefined || status === statusFilter,
    );
    return { status: 200, body: { executions: executions.map((execution) => summary(name, execution)) } };
  },
  DescribeExecution: (state, { executionArn: arn }) => {
    const found = find(state, arn);
    return found === undefined ? gone(arn) : { status: 200, body: summary(found.machine, found.execution) };
  },
  GetExecutionHistory: (state, { executionArn: arn }) => {
    const found = find(state, arn);
    if (found === undefined) return gone(arn);
    const events = found.execution.history().map((event) => ({ ...event, timestamp: seconds(event.timestamp) }));
    return { status: 200, body: { events } };
  },
  StartExecution: ({ machines, onStart }, { stateMachineArn = '', name = '', input = '{}' }) => {
    const machine = stateMachineArn.split(':').at(-1) ?? '';
    machines[machine]?.executions.unshift({
      name,
      status: 'RUNNING',
      startedAt: '2026-01-02T00:00:00Z',
      history: () => [],
      ...onStart?.(machine, JSON.parse(input)),
    });
    return { status: 200, body: { executionArn: executionArn(machine, name), startDate: 0 } };
  },
  StopExecution: (state, { executionArn: arn }) => {
    const found = find(state, arn);
    if (found === undefined) return gone(arn);
    found.execution.status = 'ABORTED';
    return { status: 200, body: { stopDate: 0 } };
  },
  DescribeTrainingJob: ({ jobs = [], replies = {} }, { TrainingJobName = '' }) => {
    if (replies[TrainingJobName] !== undefined) return { status: 200, body: replies[TrainingJobName] };
    const job = jobs.find(({ jobName }) => jobName === TrainingJobName);
    return job === undefined
      ? refusal('ValidationException', 'Requested resource not found.')
      : { status: 200, body: replyOf(job) };
  },
  StopTrainingJob: () => ({ status: 200, body: {} }),
  DescribeModelPackageGroup: ({ modelPackageGroups = [] }, { ModelPackageGroupName = '' }) =>
    modelPackageGroups.includes(ModelPackageGroupName)
      ? {
          status: 200,
          body: { ModelPackageGroupName, ModelPackageGroupStatus: 'Completed', CreationTime: 0, CreatedBy: {} },
        }
      : refusal('ValidationException', `ModelPackageGroup ${ModelPackageGroupName} does not exist.`),
  BatchGetImage: ({ images = [] }, { repositoryName = '', imageIds }) => {
    if (!images.some((image) => image.startsWith(`${repositoryName}:`)))
      return refusal('RepositoryNotFoundException', `The repository with name '${repositoryName}' does not exist`);
    const [{ imageTag = '' } = {}] = imageIds as unknown as readonly { readonly imageTag?: string }[];
    return images.includes(`${repositoryName}:${imageTag}`)
      ? { status: 200, body: { images: [{ repositoryName, imageId: { imageTag } }], failures: [] } }
      : { status: 200, body: { images: [], failures: [{ failureCode: 'ImageNotFound' }] } };
  },
  ListServiceQuotas: ({ quotas }) => ({ status: 200, body: { Quotas: quotaList(quotas?.applied) } }),
  ListAWSDefaultServiceQuotas: ({ quotas }) => ({ status: 200, body: { Quotas: quotaList(quotas?.defaults) } }),
};

const quotaList = (quotas: Readonly<Record<string, number>> = {}): readonly object[] =>
  Object.entries(quotas).map(([QuotaName, Value]) => ({ QuotaName, Value, ServiceCode: 'sagemaker' }));

/** GetRole, in the query protocol. */
function identity({ roles = {}, denied = [] }: FakeState, form: URLSearchParams, calls: string[]): Answer {
  const operation = form.get('Action') ?? '';
  const name = form.get('RoleName') ?? '';
  calls.push(`${operation} ${name}`);
  const refuse = (code: string, message: string, status: number): Answer => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  });
  if (denied.includes(operation)) return refuse('AccessDenied', `not authorized to perform: iam:${operation}`, 403);
  const policy = roles[name];
  if (policy === undefined) return refuse('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  const document = encodeURIComponent(JSON.stringify(policy));
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<GetRoleResponse><GetRoleResult><Role><RoleName>${name}</RoleName><AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>`,
  };
}

const replyOf = (job: JobDescription): object => ({
  TrainingJobName: job.jobName,
  TrainingJobArn: job.jobArn,
  TrainingJobStatus: job.status,
  SecondaryStatus: job.secondaryStatus,
  CreationTime: job.createdAt,
  FailureReason: job.failureReason,
  EnableManagedSpotTraining: job.spot,
  ResourceConfig: { InstanceType: job.instanceType },
  SecondaryStatusTransitions: job.transitions.map(({ status, startedAt, endedAt }) => ({
    Status: status,
    StartTime: startedAt,
    EndTime: endedAt,
  })),
  TrainingTimeInSeconds: job.trainingSeconds,
  BillableTimeInSeconds: job.billableSeconds,
});

function storage(
  { buckets = {}, objects = {} }: FakeState,
  { method, url = '' }: IncomingMessage,
  calls: string[],
): Answer {
  const { pathname, searchParams } = new URL(url, 'http://fake');
  const path = decodeURIComponent(pathname.slice(1)).replace(/\/$/, '');
  calls.push(`${method} ${path}`);
  const bucket = buckets[path];
  if (bucket !== undefined && method === 'HEAD')
    return { status: 200, headers: { 'x-amz-bucket-region': bucket.region } };
  if (bucket !== undefined && searchParams.has('notification')) {
    const inside = bucket.events ? '<EventBridgeConfiguration></EventBridgeConfiguration>' : '';
    return {
      status: 200,
      body: `<NotificationConfiguration>${inside}</NotificationConfiguration>`,
      headers: { 'content-type': 'application/xml' },
    };
  }
  const object = objects[path];
  if (object !== undefined) return { status: 200, body: object, headers: { 'content-type': 'text/plain' } };
  return {
    status: 404,
    body: method === 'HEAD' ? undefined : '<Error><Code>NoSuchKey</Code></Error>',
    headers: { 'content-type': 'application/xml' },
  };
}
