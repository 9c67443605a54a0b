export { runtime } from './default.ts'
