;; The arithmetic of MiniLM in WebAssembly with 128-bit SIMD. Contracts: kernel.ts. Plain version: js-kernel.ts.
;; After a change: pnpm run build:kernel (writes kernel-wasm.ts; its test compares the two).
(module
  (import "env" "memory" (memory 1))

  ;; ---- helpers ---------------------------------------------------------------------------------------------------

  ;; Sum of the four lanes.
  (func $sum4 (param $v v128) (result f32)
    (local.set $v (f32x4.add (local.get $v)
      (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v))))
    (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v))))

  ;; Largest of the four lanes.
  (func $max4 (param $v v128) (result f32)
    (local.set $v (f32x4.pmax (local.get $v)
      (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v))))
    (f32.max (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v))))

  ;; e^x for x <= 0: 2^n times a polynomial on [-ln2/2, ln2/2]. Relative error about 1e-7; 0 below -87.
  (func $exp4 (param $x v128) (result v128)
    (local $n v128) (local $r v128) (local $p v128)
    (local.set $r (f32x4.max (local.get $x) (v128.const f32x4 -87 -87 -87 -87)))
    (local.set $n (f32x4.nearest (f32x4.mul (local.get $r)
      (v128.const f32x4 1.4426950408889634 1.4426950408889634 1.4426950408889634 1.4426950408889634))))
    ;; ln 2 in two parts, so that n * ln 2 loses nothing.
    (local.set $r (f32x4.sub (local.get $r) (f32x4.mul (local.get $n)
      (v128.const f32x4 0.693359375 0.693359375 0.693359375 0.693359375))))
    (local.set $r (f32x4.add (local.get $r) (f32x4.mul (local.get $n)
      (v128.const f32x4 2.12194440054690583e-4 2.12194440054690583e-4 2.12194440054690583e-4 2.12194440054690583e-4))))
    ;; Taylor to the sixth power: the seventh is below 2e-7 on this interval.
    (local.set $p (v128.const f32x4 1.3888889e-3 1.3888889e-3 1.3888889e-3 1.3888889e-3))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r))
      (v128.const f32x4 8.3333333e-3 8.3333333e-3 8.3333333e-3 8.3333333e-3)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r))
      (v128.const f32x4 4.1666667e-2 4.1666667e-2 4.1666667e-2 4.1666667e-2)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r))
      (v128.const f32x4 1.6666667e-1 1.6666667e-1 1.6666667e-1 1.6666667e-1)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (v128.const f32x4 0.5 0.5 0.5 0.5)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (v128.const f32x4 1 1 1 1)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (v128.const f32x4 1 1 1 1)))
    (v128.and
      (f32x4.mul (local.get $p)
        (i32x4.shl
          (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $n)) (v128.const i32x4 127 127 127 127))
          (i32.const 23)))
      (f32x4.ge (local.get $x) (v128.const f32x4 -87 -87 -87 -87))))

  ;; ---- quantize --------------------------------------------------------------------------------------------------

  (func (export "quantize") (param $from i32) (param $to i32) (param $scales i32) (param $rows i32) (param $columns i32)
    (param $limit i32)
    (local $row i32) (local $at i32) (local $end i32) (local $out i32) (local $most v128) (local $scale f32)
    (local $inverse v128) (local $v v128)
    ;; The last group may lack a row: it must read as 0.
    (if (i32.and (local.get $rows) (i32.const 1))
      (then
        (memory.fill
          (i32.add (local.get $to)
            (i32.mul (i32.mul (i32.sub (local.get $rows) (i32.const 1)) (local.get $columns)) (i32.const 2)))
          (i32.const 0)
          (i32.mul (local.get $columns) (i32.const 4)))))
    (block $done
      (loop $nextRow
        (br_if $done (i32.ge_u (local.get $row) (local.get $rows)))
        (local.set $at (local.get $from))
        (local.set $end (i32.add (local.get $from) (i32.mul (local.get $columns) (i32.const 4))))
        (local.set $most (v128.const f32x4 0 0 0 0))
        (loop $next
          (local.set $most (f32x4.pmax (local.get $most) (f32x4.abs (v128.load (local.get $at)))))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
        (local.set $scale (f32.div (call $max4 (local.get $most)) (f32.convert_i32_s (local.get $limit))))
        (if (f32.eq (local.get $scale) (f32.const 0)) (then (local.set $scale (f32.const 1))))
        (f32.store (i32.add (local.get $scales) (i32.mul (local.get $row) (i32.const 4))) (local.get $scale))
        (local.set $inverse (f32x4.splat (f32.div (f32.const 1) (local.get $scale))))
        ;; Group of two rows, then place of this row in it.
        (local.set $out (i32.add (local.get $to) (i32.add
          (i32.mul (i32.mul (i32.and (local.get $row) (i32.const -2)) (local.get $columns)) (i32.const 2))
          (i32.mul (i32.and (local.get $row) (i32.const 1)) (i32.const 4)))))
        (local.set $at (local.get $from))
        (loop $next
          (local.set $v (i32x4.trunc_sat_f32x4_s (f32x4.nearest
            (f32x4.mul (v128.load (local.get $at)) (local.get $inverse)))))
          (local.set $v (i16x8.narrow_i32x4_s (local.get $v) (local.get $v)))
          (v128.store32_lane 0 (local.get $out) (local.get $v))
          (v128.store32_lane offset=8 1 (local.get $out) (local.get $v))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
        (local.set $from (local.get $end))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $nextRow))))

  ;; ---- linear ----------------------------------------------------------------------------------------------------

  ;; Blocks of sixteen outputs outside, pairs of rows inside: a block's weights come from memory once and stay in the first
  ;; cache. A tile has eight accumulators of four sums each; a step takes two inputs, and each row's pair of inputs meets
  ;; the 32 weights of the sixteen outputs. Measured against tiles of 3 to 8 rows, with and without unrolling: this is the
  ;; fastest for 13 and 14 rows and even with the best for more. Calls in here cost up to a quarter.
  (func (export "linear") (param $input i32) (param $inputScales i32) (param $weights i32) (param $weightScales i32)
    (param $bias i32) (param $output i32) (param $rows i32) (param $inner i32) (param $outer i32)
    (local $column i32) (local $row i32) (local $x i32) (local $s i32) (local $w i32) (local $end i32) (local $out i32)
    (local $stride i32) (local $pair v128)
    (local $wa v128) (local $wb v128) (local $wc v128) (local $wd v128)
    (local $a0 v128) (local $b0 v128) (local $c0 v128) (local $d0 v128)
    (local $a1 v128) (local $b1 v128) (local $c1 v128) (local $d1 v128)
    (local.set $stride (i32.mul (local.get $outer) (i32.const 4)))
    (loop $nextBlock
      (local.set $end (i32.add (local.get $weights) (i32.mul (local.get $inner) (i32.const 32))))
      (local.set $x (local.get $input))
      (local.set $s (local.get $inputScales))
      (local.set $out (i32.add (local.get $output) (i32.mul (local.get $column) (i32.const 4))))
      (local.set $row (i32.const 0))
      (loop $nextGroup
        (local.set $w (local.get $weights))
        (local.set $a0 (v128.const i64x2 0 0)) (local.set $b0 (v128.const i64x2 0 0))
        (local.set $c0 (v128.const i64x2 0 0)) (local.set $d0 (v128.const i64x2 0 0))
        (local.set $a1 (v128.const i64x2 0 0)) (local.set $b1 (v128.const i64x2 0 0))
        (local.set $c1 (v128.const i64x2 0 0)) (local.set $d1 (v128.const i64x2 0 0))
        (loop $step
          (local.set $wa (v128.load (local.get $w)))
          (local.set $wb (v128.load offset=16 (local.get $w)))
          (local.set $wc (v128.load offset=32 (local.get $w)))
          (local.set $wd (v128.load offset=48 (local.get $w)))
          (local.set $pair (v128.load32_splat (local.get $x)))
          (local.set $a0 (i32x4.add (local.get $a0) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wa))))
          (local.set $b0 (i32x4.add (local.get $b0) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wb))))
          (local.set $c0 (i32x4.add (local.get $c0) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wc))))
          (local.set $d0 (i32x4.add (local.get $d0) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wd))))
          (local.set $pair (v128.load32_splat offset=4 (local.get $x)))
          (local.set $a1 (i32x4.add (local.get $a1) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wa))))
          (local.set $b1 (i32x4.add (local.get $b1) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wb))))
          (local.set $c1 (i32x4.add (local.get $c1) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wc))))
          (local.set $d1 (i32x4.add (local.get $d1) (i32x4.dot_i16x8_s (local.get $pair) (local.get $wd))))
          (local.set $x (i32.add (local.get $x) (i32.const 8)))
          (br_if $step (i32.lt_u (local.tee $w (i32.add (local.get $w) (i32.const 64))) (local.get $end))))
        ;; output = bias + scale of the row * scale of the output * sum; `pair` holds the row's scale.
        (local.set $pair (v128.load32_splat (local.get $s)))
        (v128.store (local.get $out) (f32x4.add (v128.load (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $a0)) (f32x4.mul (local.get $pair) (v128.load (local.get $weightScales))))))
        (v128.store offset=16 (local.get $out) (f32x4.add (v128.load offset=16 (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $b0)) (f32x4.mul (local.get $pair) (v128.load offset=16 (local.get $weightScales))))))
        (v128.store offset=32 (local.get $out) (f32x4.add (v128.load offset=32 (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $c0)) (f32x4.mul (local.get $pair) (v128.load offset=32 (local.get $weightScales))))))
        (v128.store offset=48 (local.get $out) (f32x4.add (v128.load offset=48 (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $d0)) (f32x4.mul (local.get $pair) (v128.load offset=48 (local.get $weightScales))))))
        (local.set $out (i32.add (local.get $out) (local.get $stride)))
        (local.set $pair (v128.load32_splat offset=4 (local.get $s)))
        (v128.store (local.get $out) (f32x4.add (v128.load (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $a1)) (f32x4.mul (local.get $pair) (v128.load (local.get $weightScales))))))
        (v128.store offset=16 (local.get $out) (f32x4.add (v128.load offset=16 (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $b1)) (f32x4.mul (local.get $pair) (v128.load offset=16 (local.get $weightScales))))))
        (v128.store offset=32 (local.get $out) (f32x4.add (v128.load offset=32 (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $c1)) (f32x4.mul (local.get $pair) (v128.load offset=32 (local.get $weightScales))))))
        (v128.store offset=48 (local.get $out) (f32x4.add (v128.load offset=48 (local.get $bias)) (f32x4.mul
          (f32x4.convert_i32x4_s (local.get $d1)) (f32x4.mul (local.get $pair) (v128.load offset=48 (local.get $weightScales))))))
        (local.set $out (i32.add (local.get $out) (local.get $stride)))
        (local.set $s (i32.add (local.get $s) (i32.const 8)))
        (br_if $nextGroup (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 2))) (local.get $rows))))
      (local.set $weights (local.get $end))
      (local.set $weightScales (i32.add (local.get $weightScales) (i32.const 64)))
      (local.set $bias (i32.add (local.get $bias) (i32.const 64)))
      (br_if $nextBlock
        (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 16))) (local.get $outer)))))

  ;; ---- addNorm ---------------------------------------------------------------------------------------------------

  (func (export "addNorm") (param $target i32) (param $other i32) (param $gain i32) (param $shift i32)
    (param $rows i32) (param $columns i32)
    (local $bytes i32) (local $k i32) (local $sum v128) (local $squares v128) (local $v v128) (local $mean v128)
    (local $inverse v128)
    (local.set $bytes (i32.mul (local.get $columns) (i32.const 4)))
    (loop $nextRow
      (local.set $k (i32.const 0))
      (local.set $sum (v128.const f32x4 0 0 0 0))
      (loop $next
        (local.set $v (f32x4.add
          (v128.load (i32.add (local.get $target) (local.get $k)))
          (v128.load (i32.add (local.get $other) (local.get $k)))))
        (v128.store (i32.add (local.get $target) (local.get $k)) (local.get $v))
        (local.set $sum (f32x4.add (local.get $sum) (local.get $v)))
        (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 16))) (local.get $bytes))))
      (local.set $mean (f32x4.splat
        (f32.div (call $sum4 (local.get $sum)) (f32.convert_i32_s (local.get $columns)))))
      (local.set $k (i32.const 0))
      (local.set $squares (v128.const f32x4 0 0 0 0))
      (loop $next
        (local.set $v (f32x4.sub (v128.load (i32.add (local.get $target) (local.get $k))) (local.get $mean)))
        (local.set $squares (f32x4.add (local.get $squares) (f32x4.mul (local.get $v) (local.get $v))))
        (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 16))) (local.get $bytes))))
      (local.set $inverse (f32x4.splat (f32.div (f32.const 1) (f32.sqrt (f32.add (f32.const 1e-12)
        (f32.div (call $sum4 (local.get $squares)) (f32.convert_i32_s (local.get $columns))))))))
      (local.set $k (i32.const 0))
      (loop $next
        (v128.store (i32.add (local.get $target) (local.get $k))
          (f32x4.add (v128.load (i32.add (local.get $shift) (local.get $k)))
            (f32x4.mul (v128.load (i32.add (local.get $gain) (local.get $k)))
              (f32x4.mul (local.get $inverse)
                (f32x4.sub (v128.load (i32.add (local.get $target) (local.get $k))) (local.get $mean))))))
        (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 16))) (local.get $bytes))))
      (local.set $target (i32.add (local.get $target) (local.get $bytes)))
      (local.set $other (i32.add (local.get $other) (local.get $bytes)))
      (br_if $nextRow (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; ---- gelu ------------------------------------------------------------------------------------------------------

  ;; x/2 (1 + erf(x/sqrt 2)), erf by Abramowitz & Stegun 7.1.26 (1.5e-7).
  (func (export "gelu") (param $at i32) (param $count i32)
    (local $end i32) (local $x v128) (local $z v128) (local $t v128) (local $p v128)
    (local.set $end (i32.add (local.get $at) (i32.mul (local.get $count) (i32.const 4))))
    (loop $next
      (local.set $x (v128.load (local.get $at)))
      (local.set $z (f32x4.mul (f32x4.abs (local.get $x))
        (v128.const f32x4 0.7071067811865476 0.7071067811865476 0.7071067811865476 0.7071067811865476)))
      (local.set $t (f32x4.div (v128.const f32x4 1 1 1 1) (f32x4.add (v128.const f32x4 1 1 1 1)
        (f32x4.mul (local.get $z) (v128.const f32x4 0.3275911 0.3275911 0.3275911 0.3275911)))))
      (local.set $p (v128.const f32x4 1.061405429 1.061405429 1.061405429 1.061405429))
      (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $t))
        (v128.const f32x4 -1.453152027 -1.453152027 -1.453152027 -1.453152027)))
      (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $t))
        (v128.const f32x4 1.421413741 1.421413741 1.421413741 1.421413741)))
      (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $t))
        (v128.const f32x4 -0.284496736 -0.284496736 -0.284496736 -0.284496736)))
      (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $t))
        (v128.const f32x4 0.254829592 0.254829592 0.254829592 0.254829592)))
      ;; erfc of |x|/sqrt 2
      (local.set $p (f32x4.mul (f32x4.mul (local.get $p) (local.get $t))
        (call $exp4 (f32x4.neg (f32x4.mul (local.get $z) (local.get $z))))))
      ;; x >= 0: x - x/2 erfc; x < 0: x/2 erfc. Both are max(x, 0) - |x|/2 erfc.
      (v128.store (local.get $at) (f32x4.sub
        (f32x4.max (local.get $x) (v128.const f32x4 0 0 0 0))
        (f32x4.mul (f32x4.mul (f32x4.abs (local.get $x)) (v128.const f32x4 0.5 0.5 0.5 0.5)) (local.get $p))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; ---- attention -------------------------------------------------------------------------------------------------

  ;; A head of a row is 32 floats: eight vectors. The query stays in eight locals while the keys pass, the result in the
  ;; same eight while the values pass.
  (func (export "attention") (param $projected i32) (param $output i32) (param $scratch i32) (param $rows i32)
    (param $heads i32)
    (local $width i32) (local $stride i32) (local $head i32) (local $row i32) (local $other i32) (local $at i32)
    (local $end i32) (local $most f32) (local $score f32) (local $v v128) (local $sum v128)
    (local $0 v128) (local $1 v128) (local $2 v128) (local $3 v128)
    (local $4 v128) (local $5 v128) (local $6 v128) (local $7 v128)
    (local.set $width (i32.mul (local.get $heads) (i32.const 128)))
    (local.set $stride (i32.mul (local.get $width) (i32.const 3)))
    ;; Padding of the last four scores: e^x of it is 0.
    (local.set $end (i32.add (local.get $scratch) (i32.mul (local.get $rows) (i32.const 4))))
    (loop $nextHead
      (local.set $row (i32.const 0))
      (loop $nextRow
        (local.set $at (i32.add (local.get $projected) (i32.add
          (i32.mul (local.get $row) (local.get $stride)) (i32.mul (local.get $head) (i32.const 128)))))
        (local.set $0 (v128.load (local.get $at)))
        (local.set $1 (v128.load offset=16 (local.get $at)))
        (local.set $2 (v128.load offset=32 (local.get $at)))
        (local.set $3 (v128.load offset=48 (local.get $at)))
        (local.set $4 (v128.load offset=64 (local.get $at)))
        (local.set $5 (v128.load offset=80 (local.get $at)))
        (local.set $6 (v128.load offset=96 (local.get $at)))
        (local.set $7 (v128.load offset=112 (local.get $at)))

        ;; Scores: query · key / sqrt 32
        (local.set $most (f32.const -inf))
        (v128.store align=1 (local.get $end) (v128.const f32x4 -inf -inf -inf -inf))
        (local.set $at (i32.add (local.get $projected)
          (i32.add (local.get $width) (i32.mul (local.get $head) (i32.const 128)))))
        (local.set $other (local.get $scratch))
        (loop $next
          (local.set $v (f32x4.mul (local.get $0) (v128.load (local.get $at))))
          (local.set $sum (f32x4.mul (local.get $1) (v128.load offset=16 (local.get $at))))
          (local.set $v (f32x4.add (local.get $v) (f32x4.mul (local.get $2) (v128.load offset=32 (local.get $at)))))
          (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (local.get $3) (v128.load offset=48 (local.get $at)))))
          (local.set $v (f32x4.add (local.get $v) (f32x4.mul (local.get $4) (v128.load offset=64 (local.get $at)))))
          (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (local.get $5) (v128.load offset=80 (local.get $at)))))
          (local.set $v (f32x4.add (local.get $v) (f32x4.mul (local.get $6) (v128.load offset=96 (local.get $at)))))
          (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (local.get $7) (v128.load offset=112 (local.get $at)))))
          (local.set $score (f32.mul (f32.const 0.17677669529663687)
            (call $sum4 (f32x4.add (local.get $v) (local.get $sum)))))
          (f32.store (local.get $other) (local.get $score))
          (local.set $most (f32.max (local.get $most) (local.get $score)))
          (local.set $at (i32.add (local.get $at) (local.get $stride)))
          (br_if $next (i32.lt_u (local.tee $other (i32.add (local.get $other) (i32.const 4))) (local.get $end))))

        ;; Shares: e^(score - most), and their sum
        (local.set $other (local.get $scratch))
        (local.set $sum (v128.const f32x4 0 0 0 0))
        (loop $next
          (local.set $v (call $exp4 (f32x4.sub (v128.load (local.get $other)) (f32x4.splat (local.get $most)))))
          (v128.store (local.get $other) (local.get $v))
          (local.set $sum (f32x4.add (local.get $sum) (local.get $v)))
          (br_if $next (i32.lt_u (local.tee $other (i32.add (local.get $other) (i32.const 16))) (local.get $end))))
        (local.set $sum (f32x4.splat (f32.div (f32.const 1) (call $sum4 (local.get $sum)))))

        ;; Result: shares × values
        (local.set $0 (v128.const f32x4 0 0 0 0)) (local.set $1 (v128.const f32x4 0 0 0 0))
        (local.set $2 (v128.const f32x4 0 0 0 0)) (local.set $3 (v128.const f32x4 0 0 0 0))
        (local.set $4 (v128.const f32x4 0 0 0 0)) (local.set $5 (v128.const f32x4 0 0 0 0))
        (local.set $6 (v128.const f32x4 0 0 0 0)) (local.set $7 (v128.const f32x4 0 0 0 0))
        (local.set $at (i32.add (local.get $projected)
          (i32.add (i32.mul (local.get $width) (i32.const 2)) (i32.mul (local.get $head) (i32.const 128)))))
        (local.set $other (local.get $scratch))
        (loop $next
          (local.set $v (v128.load32_splat (local.get $other)))
          (local.set $0 (f32x4.add (local.get $0) (f32x4.mul (local.get $v) (v128.load (local.get $at)))))
          (local.set $1 (f32x4.add (local.get $1) (f32x4.mul (local.get $v) (v128.load offset=16 (local.get $at)))))
          (local.set $2 (f32x4.add (local.get $2) (f32x4.mul (local.get $v) (v128.load offset=32 (local.get $at)))))
          (local.set $3 (f32x4.add (local.get $3) (f32x4.mul (local.get $v) (v128.load offset=48 (local.get $at)))))
          (local.set $4 (f32x4.add (local.get $4) (f32x4.mul (local.get $v) (v128.load offset=64 (local.get $at)))))
          (local.set $5 (f32x4.add (local.get $5) (f32x4.mul (local.get $v) (v128.load offset=80 (local.get $at)))))
          (local.set $6 (f32x4.add (local.get $6) (f32x4.mul (local.get $v) (v128.load offset=96 (local.get $at)))))
          (local.set $7 (f32x4.add (local.get $7) (f32x4.mul (local.get $v) (v128.load offset=112 (local.get $at)))))
          (local.set $at (i32.add (local.get $at) (local.get $stride)))
          (br_if $next (i32.lt_u (local.tee $other (i32.add (local.get $other) (i32.const 4))) (local.get $end))))
        (local.set $at (i32.add (local.get $output) (i32.add
          (i32.mul (local.get $row) (local.get $width)) (i32.mul (local.get $head) (i32.const 128)))))
        (v128.store (local.get $at) (f32x4.mul (local.get $0) (local.get $sum)))
        (v128.store offset=16 (local.get $at) (f32x4.mul (local.get $1) (local.get $sum)))
        (v128.store offset=32 (local.get $at) (f32x4.mul (local.get $2) (local.get $sum)))
        (v128.store offset=48 (local.get $at) (f32x4.mul (local.get $3) (local.get $sum)))
        (v128.store offset=64 (local.get $at) (f32x4.mul (local.get $4) (local.get $sum)))
        (v128.store offset=80 (local.get $at) (f32x4.mul (local.get $5) (local.get $sum)))
        (v128.store offset=96 (local.get $at) (f32x4.mul (local.get $6) (local.get $sum)))
        (v128.store offset=112 (local.get $at) (f32x4.mul (local.get $7) (local.get $sum)))
        (br_if $nextRow (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $rows))))
      (br_if $nextHead (i32.lt_u (local.tee $head (i32.add (local.get $head) (i32.const 1))) (local.get $heads)))))
)
