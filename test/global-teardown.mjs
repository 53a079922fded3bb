export { removeTemporaryFolder as default } from './support/temporary-folder.mjs';
