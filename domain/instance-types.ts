// What an instance type's name alone tells about its storage. CreateTrainingJob refuses VolumeKmsKeyId on types with
// local NVMe storage and ignores VolumeSizeInGB there
// (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html).

export const INSTANCE_TYPE = /^ml\.[a-z][a-z0-9-]*\.(?:[0-9]*(?:medium|large|xlarge)|metal)$/;

const NVME_FAMILIES = new Set([
  'g4dn',
  'g5',
  'g5n',
  'g6',
  'g6e',
  'gr6',
  'p3dn',
  'p4d',
  'p4de',
  'p5',
  'p5e',
  'p5en',
  'p6-b200',
  'm5d',
  'c5d',
  'r5d',
  'm6id',
  'c6id',
  'r6id',
  'trn1',
  'trn1n',
  'trn2',
  'i3en',
]);

export function hasLocalStorage(instanceType: string): boolean {
  return NVME_FAMILIES.has(instanceType.split('.')[1] ?? '');
}
