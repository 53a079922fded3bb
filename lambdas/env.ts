// The only reader of process.env: what infra/ sets on a function, by name and with its type. Getters, because a function
// is given only the variables it needs, and asks for them once, when it starts.
import * as z from 'zod';
import { OverlapPolicy } from '../domain/triggers.ts';

/** The function is deployed without something it needs; the message says which variable, and who sets it. */
export class EnvironmentIncomplete extends Error {
  override readonly name = 'EnvironmentIncomplete';
}

export const env = {
  /** Lambda's own variable. */
  get region(): string {
    return required('AWS_REGION');
  },
  get ledgerTableName(): string {
    return required('LEDGER_TABLE_NAME');
  },
  get eventBusName(): string {
    return required('EVENT_BUS_NAME');
  },
  get pipelineName(): string {
    return required('PIPELINE_NAME');
  },
  get stateMachineArn(): string {
    return required('STATE_MACHINE_ARN');
  },
  get uploadBatchMachineArn(): string {
    return required('UPLOAD_BATCH_MACHINE_ARN');
  },
  get runTriggers(): RunTriggers {
    return parseRunTriggers(required('RUN_TRIGGERS'));
  },
};

/** JSON, because a prefix or suffix may be empty, and an empty variable reads as a forgotten one. */
const RunTriggers = z.strictObject({
  overlap: OverlapPolicy,
  upload: z
    .strictObject({
      channel: z.string().min(1),
      bucket: z.string().min(1),
      prefix: z.string(),
      suffix: z.string(),
      quietSeconds: z.int().positive().optional(),
    })
    .optional(),
});
export type RunTriggers = z.infer<typeof RunTriggers>;

function parseRunTriggers(text: string): RunTriggers {
  const parsed = RunTriggers.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new EnvironmentIncomplete(
    `the environment variable RUN_TRIGGERS must read like {"overlap":"allow","upload":{"channel":"train","bucket":"data","prefix":"","suffix":""}}, got ${text}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new EnvironmentIncomplete(
    `the environment variable ${name} is missing: the TrainingPipeline construct sets it, so deploy the stack again`,
  );
}
