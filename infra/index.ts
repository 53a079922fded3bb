// The public face of the construct library.
export { Capacity, type CapacityOptions } from './capacity.ts';
export { FailureClass, type FailureRule } from './failure-rule.ts';
export {
  ApprovalStatus,
  ModelRegistration,
  type ModelRegistrationOptions,
  type NewGroupOptions,
  type QualityGate,
} from './model-registration.ts';
export { OnDeadlineMissed } from './on-deadline-missed.ts';
export { OverlapPolicy } from './overlap-policy.ts';
export type { RunSchedule } from './schedules.ts';
export {
  TrainingCode,
  type BoundCode,
  type TrainingCodeAssetOptions,
  type TrainingCodeOptions,
} from './training-code.ts';
export { TrainingPipeline } from './training-pipeline.ts';
export type {
  MetricDefinition,
  PriceList,
  TimingOverrides,
  TrainingPipelineProps,
  Uploads,
} from './training-pipeline-props.ts';
