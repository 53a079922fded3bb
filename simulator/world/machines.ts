// The state machines of a simulated world: rendered as they are deployed, their placeholders bound by name, and compiled.
import type { Pipeline } from '../../domain/pipeline.ts';
import {
  renderExtendRun,
  renderModelRegistration,
  renderSweep,
  renderTrainingRun,
  renderUploadBatch,
  substitute,
  type Definition,
} from '../../statemachines/render.ts';
import { compile, frozenJson, type Json, type Machine } from '../machine/index.ts';
import type { SimExecutions } from '../services/sim-executions.ts';
import { functionArn, type MachineArns } from './arns.ts';
import type { Definitions } from './world-options.ts';

/** A forecast makes a thousand worlds of one pipeline, and compiling takes longer than running. */
const COMPILED = new WeakMap<Pipeline, Machine>();

export interface MachineSetting {
  readonly pipeline: Pipeline;
  readonly arns: MachineArns;
  /** What exists by now, by ARN. */
  readonly functions: Readonly<Record<string, unknown>>;
  readonly definitions: Definitions | undefined;
  readonly executionTimeoutSeconds: number | undefined;
}

export function addMachines(
  executions: SimExecutions,
  { pipeline, arns, functions, definitions = {}, executionTimeoutSeconds: TimeoutSeconds }: MachineSetting,
): void {
  const compileBound = (definition: Definition): Machine => compile(bound(definition, arns, functions));
  const usual = TimeoutSeconds === undefined && definitions['training-run'] === undefined;
  const training =
    (usual ? COMPILED.get(pipeline) : undefined) ??
    compileBound({
      ...(TimeoutSeconds === undefined ? {} : { TimeoutSeconds }),
      ...renderTrainingRun(pipeline, definitions['training-run']),
    });
  if (usual) COMPILED.set(pipeline, training);
  executions.addMachine(arns.training, training);
  // The others when they are first started: in most worlds that is never.
  const later = (arn: string, render: () => Definition): void =>
    executions.addMachine(arn, () => compileBound(render()));
  later(arns.registration, () => renderModelRegistration(definitions['model-registration']));
  later(arns.uploadBatch, () => renderUploadBatch(definitions['upload-batch']));
  later(arns.extend, () => renderExtendRun());
  later(arns.sweep, () => renderSweep(pipeline, definitions.sweep));
}

/** `${PlanAttemptFunctionArn}` is bound to the function PlanAttempt; a name that nobody bound is an error at once. */
function bound(definition: Definition, arns: MachineArns, functions: MachineSetting['functions']): Definition {
  const valueOf = (name: string): string | undefined => {
    if (name === 'EventBusName') return 'default';
    if (name === 'TrainingRunStateMachineArn') return arns.training;
    const arn = functionArn(name.replace(/FunctionArn$/, ''));
    return functions[arn] === undefined ? undefined : arn;
  };
  const states = Object.entries(definition.States).map(([name, state]) => [name, boundOnce(state, arns, valueOf)]);
  return { ...definition, States: Object.fromEntries(states) };
}

/** States of the file are the same in every world, and those of worlds whose machines have the same name are bound alike. */
const boundBefore = new WeakMap<object, { readonly training: string; readonly state: Json }>();

function boundOnce(state: unknown, { training }: MachineArns, valueOf: (name: string) => string | undefined): Json {
  const fixed = typeof state === 'object' && Object.isFrozen(state) ? state : null;
  const before = fixed === null ? undefined : boundBefore.get(fixed);
  if (before?.training === training) return before.state;
  const bound = frozenJson(substitute(state, valueOf));
  if (fixed !== null) boundBefore.set(fixed, { training, state: bound });
  return bound;
}
