// What a CloudFormation template says, as text: one value or several, and what only CloudFormation knows.

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** As cdk-nag writes what only CloudFormation knows: `<LogicalId>`, `<LogicalId.Arn>`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof ref === 'string') return `<${ref}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(textOf).join(String(join[0]));
  return JSON.stringify(value);
}
