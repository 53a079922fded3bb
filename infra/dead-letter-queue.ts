// Where events wait that could not be delivered, or not be handled: one queue for each target, so that what lies in it can
// be handed to that target again.
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { explainDeadLetters } from './security-findings.ts';

/** The longest that SQS keeps a message. */
const RETENTION = Duration.days(14);

export function createDeadLetterQueue(scope: Construct, id: string): Queue {
  const queue = new Queue(scope, id, {
    // EventBridge could not use a customer's key without a statement in its policy, which is not ours to change. The events
    // name objects and runs; data and models are never in them.
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: RETENTION,
  });
  explainDeadLetters(queue);
  return queue;
}
