// The state machines of a simulated world: rendered as they are deployed, their placeholders bound by name, and compiled.
import type { Pipeline } from '../../domain/pipeline.ts';
import {
  renderExtendRun,
  renderModelRegistration,
  renderSweep,
  renderTrainingRun,
  renderUploadBatch,
  substitutedText,
  type Definition,
} from '../../statemachines/render.ts';
import { compile, type Machine } from '../machine/index.ts';
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
  const compileBound = (definition: Definition): Machine => compiled(bound(definition, arns, functions));
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
function bound(definition: Definition, arns: MachineArns, functions: MachineSetting['functions']): string {
  return substitutedText(definition, (name) => {
    if (name === 'EventBusName') return 'default';
    if (name === 'TrainingRunStateMachineArn') return arns.training;
    const arn = functionArn(name.replace(/FunctionArn$/, ''));
    return functions[arn] === undefined ? undefined : arn;
  });
}

/** Machines are never changed, and worlds of one pipeline have the same ones; the last few are kept. */
const machines = new Map<string, Machine>();
const MACHINES_MAX = 16;

function compiled(text: string): Machine {
  const machine = machines.get(text) ?? compile(text);
  if (machines.size >= MACHINES_MAX) machines.delete(machines.keys().next().value ?? '');
  machines.delete(text);
  machines.set(text, machine);
  return machine;
}
