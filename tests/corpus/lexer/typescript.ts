import type { A } from './a';
import x = require("y");
/// <reference types="node" />
@Component({ selector: 'app-root', template: `<p>{{ it's }}</p>` })
export abstract class Box<T extends keyof U, U = {}> implements I<T> {
  private readonly map: Map<string, Array<T>> = new Map<string, Array<T>>();
  constructor(public a?: number, protected b: string = "it's") { super(); }
  get value(): T | undefined { return this.map!.get('k')![0] as unknown as T; }
  static is(x: any): x is Box<any> { return x instanceof Box; }
  declare module: never;
}
type F = (a: `${string}-px`) => infer R;
enum E { A = 1 << 2, B = "b" }
declare namespace N { let v: bigint; }
const a = <T,>(x: T) => x satisfies unknown;
