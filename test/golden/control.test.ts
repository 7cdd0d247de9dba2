// Programs of control flow and of its derivatives, as they are printed.
import {
  add,
  cond,
  foriLoop,
  grad,
  greater,
  jvp,
  less,
  makeJaxpr,
  mul,
  scan,
  sin,
  sum,
  tanh,
  whileLoop,
} from 'adjoint';
import { describe } from 'vitest';
import { prints, type S, s, type V, v } from './golden';

const running = (w: S, xs: V) => scan((c: S, x: S) => [add(tanh(mul(w, c)), mul(x, x)), sin(c)] as [S, S], s(0), xs);
const loss = (w: S, xs: V): S => {
  const [last, ys] = running(w, xs);
  return add(last, sum(ys));
};

describe('printed control flow', () => {
  // A step is one program, of what is closed over, the carry and an element.
  prints(
    () => makeJaxpr(running)(s(0), v(0, 0, 0)),
    `
    { lambda a:f32[] b:f32[3]. let
        c:f32[] d:f32[3] = scan[jaxpr={ lambda a:f32[] b:f32[] c:f32[]. let
                d:f32[] = mul a b
                e:f32[] = tanh d
                f:f32[] = mul c c
                g:f32[] = add e f
                h:f32[] = sin b
              in (g, h) } roles=(const, carry, x) feeds=(1, null) length=3 reverse=false] a 0.0:f32[] b
      in (c, d) }`,
  );
  // The tangents that are not zero are carried beside the values.
  prints(
    () => makeJaxpr((w: S, xs: V) => jvp((u: S) => running(u, xs), [w], [w]))(s(0), v(0, 0, 0)),
    `
    { lambda a:f32[] b:f32[3]. let
        c:f32[] d:f32[3] e:f32[] f:f32[3] = scan[jaxpr={ lambda a:f32[] b:f32[] c:f32[] d:f32[] e:f32[]. let
                f:f32[] = mul a b
                g:f32[] = mul d b
                h:f32[] = mul a e
                i:f32[] = add g h
                j:f32[] = tanh f
                k:f32[] = mul i j
                l:f32[] = add i k
                m:f32[] = sub 1.0:f32[] j
                n:f32[] = mul l m
                o:f32[] = mul c c
                p:f32[] = add j o
                q:f32[] = sin b
                r:f32[] = cos b
                s:f32[] = mul e r
              in (p, q, n, s) } roles=(const, carry, x, const, carry) feeds=(1, null, 4, null) length=3 reverse=false] a 0.0:f32[] b a 0.0:f32[]
      in (c, d, e, f) }`,
  );
  // Forwards keeps of every step what the way back needs; w is the same in all, and kept once; the elements are not kept again.
  prints(
    () => makeJaxpr(grad(loss, { argnums: [0, 1] }))(s(0), v(0, 0, 0)),
    `
    { lambda a:f32[] b:f32[3]. let
        c:f32[] d:f32[3] e:f32[3] f:f32[3] g:f32[3] = scan[jaxpr={ lambda a:f32[] b:f32[] c:f32[]. let
                d:f32[] = mul a b
                e:f32[] = tanh d
                f:f32[] = sub 1.0:f32[] e
                g:f32[] = mul c c
                h:f32[] = add e g
                i:f32[] = cos b
              in (h, b, e, f, i) } roles=(const, carry, x) feeds=(1, null, null, null, null) length=3 reverse=false] a 0.0:f32[] b
        h:f32[3] = broadcast_in_dim[shape=(3) dims=()] 1.0:f32[]
        i:f32[] j:f32[] k:f32[3] = scan[jaxpr={ lambda a:f32[] b:f32[] c:f32[] d:f32[] e:f32[] f:f32[] g:f32[] h:f32[] i:f32[]. let
                j:f32[] = mul h f
                k:f32[] = mul g e
                l:f32[] = mul g e
                m:f32[] = add k l
                n:f32[] = mul g d
                o:f32[] = mul n c
                p:f32[] = add n o
                q:f32[] = mul p b
                r:f32[] = add j q
                s:f32[] = mul p a
                t:f32[] = add i s
              in (r, t, m) } roles=(x, const, x, x, x, x, carry, x, carry) feeds=(6, 8, null) length=3 reverse=true] d a e f b g 1.0:f32[] h 0.0:f32[]
      in (j, k) }`,
  );
  // What both branches keep has a place in both.
  prints(
    () =>
      makeJaxpr(
        grad((x: S) =>
          cond(
            greater(x, 0),
            (y: S) => mul(sin(y), y),
            (y) => mul(y, 2),
            x,
          ),
        ),
      )(s(0)),
    `
    { lambda a:f32[]. let
        b:bool[] = compare[direction=gt] a 0.0:f32[]
        c:i32[] = convert_element_type[dtype=i32] b
        d:f32[] e:f32[] = cond[branches=({ lambda a:f32[]. let
              in (0.0:f32[], 0.0:f32[]) }, { lambda a:f32[]. let
                b:f32[] = sin a
                c:f32[] = cos a
              in (c, b) })] c a
        f:f32[] = cond[branches=({ lambda a:f32[] b:f32[] c:f32[] d:f32[]. let
                e:f32[] = mul d 2.0:f32[]
              in (e) }, { lambda a:f32[] b:f32[] c:f32[] d:f32[]. let
                e:f32[] = mul d c
                f:f32[] = mul d b
                g:f32[] = mul f a
                h:f32[] = add e g
              in (h) })] c d a e 1.0:f32[]
      in (f) }`,
  );
  // A loop of unknown length.
  prints(
    () =>
      makeJaxpr((x: S, t: S) =>
        jvp(
          (y: S) =>
            whileLoop(
              (c) => less(c, 100),
              (c) => mul(c, c),
              y,
            ),
          [x],
          [t],
        ),
      )(s(0), s(0)),
    `
    { lambda a:f32[] b:f32[]. let
        c:f32[] d:f32[] = while[condition={ lambda a:f32[] b:f32[]. let
                c:bool[] = compare[direction=lt] a 100.0:f32[]
              in (c) } body={ lambda a:f32[] b:f32[]. let
                c:f32[] = mul a a
                d:f32[] = mul b a
                e:f32[] = mul a b
                f:f32[] = add d e
              in (c, f) } carry=(0, 1)] a b
      in (c, d) }`,
  );
  // Bounds that are numbers: a scan over the counts.
  prints(
    () => makeJaxpr(grad((x: S) => foriLoop(0, 5, (_, c) => mul(c, x), s(1))))(s(0)),
    `
    { lambda a:f32[]. let
        b:f32[] c:f32[5] = scan[jaxpr={ lambda a:f32[] b:f32[]. let
                c:f32[] = mul b a
              in (c, b) } roles=(const, carry) feeds=(1, null) length=5 reverse=false] a 1.0:f32[]
        d:f32[] e:f32[] = scan[jaxpr={ lambda a:f32[] b:f32[] c:f32[] d:f32[]. let
                e:f32[] = mul c b
                f:f32[] = mul c a
                g:f32[] = add d e
              in (f, g) } roles=(const, x, carry, carry) feeds=(2, 3) length=5 reverse=true] a c 1.0:f32[] 0.0:f32[]
      in (e) }`,
  );
});
