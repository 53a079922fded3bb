// The rules for what CreateTrainingJob itself answered, and for the errors of the task around it, when there is no job to
// describe. The code decides where the answer carries one; without a code that a rule lists, AWS's sentence does, at
// position 0, because the message of a refused request quotes what a user wrote. Last comes what is in a code's name: codes
// are many and their names are formed alike (`KMSAccessDeniedException`, `ProvisionedThroughputExceededException`).
import { QUOTA_ADVICE, QUOTA_DETAILS, QUOTA_EXPLANATION, type FailureRule } from './failure-rules.ts';

export interface CodeRule extends FailureRule {
  /** Lower case error codes, without a trailing "exception"; or the HTTP status, where the answer carries nothing else. */
  readonly codes: readonly string[];
  /** With a code of many meanings: how AWS's message begins, lower case. */
  readonly message?: RegExp;
  /** Without a code that any rule lists: how the message begins, lower case, white space folded. */
  readonly unnamed?: RegExp;
  /** Where the message tells nothing either: what the code has in its name. */
  readonly family?: RegExp;
  /** The call was refused for certain, so no job can exist. */
  readonly definite: boolean;
}

const ACCOUNT_LIMIT =
  /^(?:the )?account-level service limit|^you have (?:reached|exceeded) (?:the|your) (?:limit|quota|maximum)/;
const ROLE_NOT_ASSUMABLE = /^could not assume role/;
const REPOSITORY_DENIED =
  /^(?:access denied for repository:|cannot find (?:the )?(?:requested )?(?:repository|image)|(?:the )?(?:requested |training )?(?:image|repository) \S+ (?:was not found|not found|does not exist))/;
const NOT_SUBSCRIBED = /^caller is not subscribed to the marketplace offering/;
const NO_OBJECTS = /^no s3 objects found under s3 url/;
const NOT_OFFERED =
  /^(?:the )?(?:requested resource |requested instance type |instance type )?\S+ is not (?:currently )?(?:available|offered|supported) (?:in|for) (?:this|the|your)(?: requested| current| specified)? (?:aws )?(?:region|availability zone)/;
/** What a request may be refused for as invalid although a permission is what is missing. */
const NOT_ALLOWED =
  /^(?:(?:user:? (?:\S+ )?)?is not (?:authorized|permitted) to perform|not authorized to perform|(?:rolearn: )?cross-account pass role is not allowed|access ?denied\b|you (?:do not|don't) have (?:sufficient )?(?:permissions?|access)|kms key access denied)/;
const NO_CAPACITY =
  /^(?:capacityerror|(?:unable to|could not|cannot|failed to) provision (?:the )?requested ml compute capacity|insufficient ?(?:instance)? ?capacity|we currently do not have sufficient|there is (?:no|not enough) (?:spot )?capacity)/;
const NAME_TAKEN = /^training job names must be unique/;

const NOT_AUTHORIZED =
  /^(?:access ?denied(?: \(\d{3}\))?: )?(?:user: (?<principal>\S{1,200}) )?is not authorized to perform: (?<action>[\w-]{1,40}:\w{1,60})(?: on resource: (?<resource>\S{1,200}[^\s.,]))?/i;

/** Answers to CreateTrainingJob itself, when no job exists; the first match wins. */
export const CODE_RULES: readonly CodeRule[] = [
  {
    id: 'create-throttled',
    class: 'Throttling',
    codes: [
      'throttling',
      'throttled',
      'toomanyrequests',
      'requestlimitexceeded',
      'requestthrottled',
      'slowdown',
      'provisionedthroughputexceeded',
      'bandwidthlimitexceeded',
      '429',
    ],
    unnamed:
      /^(?:rate exceeded|(?:the )?request was (?:denied due to request throttling|throttled)|you have exceeded the rate|too many requests|please reduce your request rate|(?:http )?429\b)/,
    family: /throttl|toomanyrequests|requestlimit|ratelimit|rateexceeded|slowdown/,
    definite: true,
    explanation: 'CreateTrainingJob was throttled',
    advice: 'nothing to do: the call is repeated with growing, random pauses',
  },
  {
    id: 'create-not-offered',
    class: 'Config',
    codes: ['resourcelimitexceeded', 'validation'],
    message: NOT_OFFERED,
    unnamed: NOT_OFFERED,
    definite: true,
    explanation: 'SageMaker does not offer this instance type here',
    advice: 'choose an instance type that the Region offers for training',
  },
  {
    id: 'create-quota',
    class: 'Quota',
    codes: ['resourcelimitexceeded', 'servicequotaexceeded', 'limitexceeded'],
    unnamed: ACCOUNT_LIMIT,
    family: /quota|(?:limit|count)exceeded/,
    definite: true,
    explanation: QUOTA_EXPLANATION,
    advice: QUOTA_ADVICE,
    details: QUOTA_DETAILS,
  },
  {
    id: 'create-capacity',
    class: 'Capacity',
    codes: ['capacityerror', 'insufficientinstancecapacity', 'insufficientcapacity'],
    unnamed: NO_CAPACITY,
    family: /capacity/,
    definite: true,
    explanation: 'SageMaker has no capacity for the requested instances',
    advice:
      'nothing to do: the run moves along its capacity ladder; add rungs of other instance types if it happens often',
  },
  {
    id: 'create-role-not-assumable',
    class: 'Access',
    codes: ['validation', 'accessdenied'],
    message: ROLE_NOT_ASSUMABLE,
    unnamed: ROLE_NOT_ASSUMABLE,
    definite: true,
    explanation: 'SageMaker could not assume the training role',
    advice:
      'just after a deployment this passes within a minute or two; otherwise let sagemaker.amazonaws.com assume the role',
    details: [
      {
        pattern: /^could not assume role (?<role>arn:\S{1,200}[^\s.,])/i,
        advice:
          'just after a deployment this passes within a minute or two; otherwise {role} is missing, or its trust policy lacks {"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}',
      },
    ],
  },
  {
    id: 'create-image-denied',
    class: 'Access',
    codes: ['validation', 'accessdenied'],
    message: REPOSITORY_DENIED,
    unnamed: REPOSITORY_DENIED,
    definite: true,
    explanation: 'the training role may not pull the training image, or there is no such repository',
    advice:
      'check the name of the image; the training role needs ecr:BatchCheckLayerAvailability, ecr:GetDownloadUrlForLayer and ecr:BatchGetImage on the repository',
    details: [
      {
        pattern: /^access denied for repository: (?<repository>[\w./-]{1,256}) in registry id: (?<registry>\d{12})/i,
        advice:
          'check that repository {repository} of account {registry} exists; the training role needs {"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage"],"Resource":"arn:aws:ecr:*:{registry}:repository/{repository}"}, and the repository policy has to allow the same when it belongs to another account',
      },
    ],
  },
  {
    id: 'create-not-subscribed',
    class: 'Access',
    codes: ['validation', 'accessdenied'],
    message: NOT_SUBSCRIBED,
    unnamed: NOT_SUBSCRIBED,
    definite: true,
    explanation: 'the account is not subscribed to this algorithm of AWS Marketplace',
    advice: 'subscribe to the offering in AWS Marketplace, in this account',
  },
  {
    id: 'create-not-allowed',
    class: 'Access',
    codes: ['validation', 'invalidrequest', 'invalidparameter', 'invalidparametervalue'],
    message: NOT_ALLOWED,
    definite: true,
    explanation: 'SageMaker refuses the request because a permission is missing',
    advice:
      'allow what the message names: iam:PassRole on the training role, of the same account, for the role of the state machine; and the use of the key for the training role',
  },
  {
    id: 'create-access-denied',
    class: 'Access',
    codes: [
      'accessdenied',
      'unauthorizedoperation',
      'notauthorized',
      'unauthorized',
      'permissions',
      'kmsaccessdenied',
      '403',
    ],
    unnamed: new RegExp(`${NOT_ALLOWED.source}|^you are not authorized|^(?:http )?403\\b|^forbidden\\b`),
    family: /denied|unauthorized|notauthorized|authorizationerror|forbidden|permission/,
    definite: true,
    explanation: 'the state machine may not create the training job',
    advice:
      'deploy the stack again, or look for a service control policy that denies sagemaker:CreateTrainingJob or iam:PassRole',
    details: [
      {
        pattern:
          /^(?:user: \S+ )?is not authorized to perform: (?<action>[\w-]{1,40}:\w{1,60})\b[^]*\bexplicit deny\b/i,
        advice:
          'something denies {action} explicitly: a service control policy, a permissions boundary or a statement of the role itself; no Allow helps against it',
      },
      {
        pattern: NOT_AUTHORIZED,
        advice:
          'the missing statement is {"Effect":"Allow","Action":"{action}","Resource":"{resource}"}; deploying the stack again restores the roles that it made',
      },
      {
        pattern: NOT_AUTHORIZED,
        advice: 'allow {action}; deploying the stack again restores the roles that it made',
      },
    ],
  },
  {
    id: 'create-not-authenticated',
    class: 'Access',
    codes: [
      'unrecognizedclient',
      'invalidclienttokenid',
      'expiredtoken',
      'missingauthenticationtoken',
      'invalidsignature',
      'signaturedoesnotmatch',
      'incompletesignature',
      'optinrequired',
      '401',
    ],
    unnamed:
      /^(?:the (?:provided|security) token (?:included in the request )?(?:is|has)|the request signature|signature (?:expired|not yet current)|unable to locate credentials|partial credentials found|error when retrieving (?:credentials|token)|could not load credentials|the aws access key id needs a subscription|the x\.509 certificate or aws access key id)/,
    family:
      /signature|token|credential|expired|accesskey|clientid|authfailure|timetooskewed|optin|subscriptionrequired/,
    definite: true,
    explanation: 'AWS does not know who called',
    advice: 'check the credentials of the caller, and that the account is enabled for this Region and service',
  },
  {
    id: 'create-wrong-region',
    class: 'Config',
    codes: ['permanentredirect', 'authorizationheadermalformed', 'illegallocationconstraint', '301'],
    unnamed:
      /^the bucket (?:is in this region|you are attempting to access must be addressed using the specified endpoint)/,
    definite: true,
    explanation: 'the bucket lies in another Region than the job',
    advice: 'use a bucket in the Region of the job: data, checkpoints and output have to lie there',
  },
  {
    id: 'create-no-data',
    class: 'Data',
    codes: ['validation'],
    message: NO_OBJECTS,
    unnamed: NO_OBJECTS,
    family: /nosuchbucket|nosuchkey/,
    definite: true,
    explanation: 'a channel names a place in S3 where there is nothing, or where the training role may not look',
    advice:
      'check the location of every channel and its Region; the training role needs s3:ListBucket on the bucket, without which an object looks as if it were missing',
    details: [
      {
        pattern: /^no s3 objects found under s3 url "(?<location>s3:\/\/[^"]{1,200})"/i,
        advice:
          'check that {location} holds objects and lies in the Region of the job; the training role needs s3:ListBucket on the bucket, without which an object looks as if it were missing',
      },
    ],
  },
  {
    id: 'create-name-taken',
    class: 'Config',
    codes: ['resourceinuse'],
    unnamed: NAME_TAKEN,
    family: /alreadyexists|inuse|conflict/,
    // There is a job; it may be our own, created by a call whose reply was lost, and not visible to Describe yet.
    definite: false,
    explanation: 'a job of this name exists and belongs to somebody else',
    advice: 'look at the job of that name in the SageMaker console',
  },
  {
    id: 'create-service-error',
    class: 'Internal',
    codes: [
      'internalfailure',
      'internalserver',
      'internalservererror',
      'internalerror',
      'servicefailure',
      'serviceunavailable',
      // Of a function: Lambda.ServiceException, Lambda.AWSLambdaException.
      'service',
      'awslambda',
      'sdkclient',
      'apicalltimeout',
      'apicallattempttimeout',
      'requesttimeout',
      '408',
      '500',
      '502',
      '503',
      '504',
    ],
    unnamed:
      /^(?:internal (?:server )?error|service unavailable|bad gateway|gateway time-?out|(?:http )?50[0234]\b|unable to execute http request|the request processing has failed|the request can't be processed right now|the request has failed due to a temporary failure|we encountered an internal error|could not connect to the endpoint|connection (?:was closed|reset|refused|timed out)|(?:read|connect) timeout on endpoint|ssl validation failed|failed to connect to proxy|an http client (?:raised|failed)|socket hang up|connect e[a-z]+|getaddrinfo|an attempt was made to invoke the lambda function)/,
    family:
      /internal|unavailable|servicefault|servicefailure|timeout|timedout|connect|socket|network|sslerror|proxy|requestaborted|unknownhost/,
    definite: false,
    explanation: 'the call failed inside the service or on its way',
    advice: 'nothing to do: it is repeated under a new name once it is certain that no job was created',
  },
  {
    id: 'create-missing-resource',
    class: 'Config',
    codes: ['resourcenotfound', 'nosuchentity', '404'],
    unnamed: /^requested resource not found/,
    family: /notfound|nosuch|doesnotexist/,
    definite: true,
    explanation: 'something that the request names does not exist',
    advice: 'look for the role, key, subnet or experiment that the message names, and deploy the stack again',
  },
  {
    id: 'create-invalid',
    class: 'Config',
    codes: [
      'validation',
      'validationerror',
      'invalidparameter',
      'invalidparametervalue',
      'invalidparametercombination',
      'missingparameter',
      'malformedquerystring',
      'serialization',
      'paramvalidation',
      '400',
    ],
    unnamed:
      /^(?:\d+ validation errors? detected|invalid [a-z]|unsupported instance type|unsupported value|parameter validation failed|unexpected failure code|unable to construct an endpoint|you must specify a region)/,
    family:
      /^invalid|validation|malformed|^missing|unsupported|^unknown(?:operation|parameter|key|endpoint|service|region)|badrequest|toolarge|noregion|serialization/,
    definite: true,
    explanation: 'SageMaker refuses the request',
    advice: 'mend the field that the message names in the pipeline, and deploy',
    details: [
      {
        pattern: /' at '(?<field>[\w.]{1,100})' failed to satisfy constraint/,
        advice: 'mend {field} in the pipeline, and deploy',
      },
    ],
  },
  {
    id: 'task-timed-out',
    class: 'Timeout',
    codes: ['timeout', 'heartbeattimeout'],
    definite: false,
    explanation: 'the task around the job ran out of time; the job itself may still be there',
    advice: 'nothing to do: the job is looked for, and followed if it is there',
  },
  {
    id: 'task-definition',
    class: 'Config',
    codes: [
      'runtime',
      'queryevaluationerror',
      'parameterpathfailure',
      'resultpathmatchfailure',
      'referencepathconflict',
      'intrinsicfailure',
      'nochoicematched',
    ],
    definite: false,
    explanation: 'Step Functions could not carry out the definition of the state',
    advice: 'deploy the stack again; if that does not help, please report the text',
  },
  {
    id: 'task-reply-too-large',
    class: 'Unknown',
    codes: ['datalimitexceeded'],
    definite: false,
    explanation: 'the answer was larger than Step Functions hands on; the job may have run to its end',
    advice: 'look at the job itself: its description tells how it ended',
  },
];
