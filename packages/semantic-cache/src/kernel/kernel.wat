;; Scores rows of 8-bit numbers against one query of 16-bit numbers, with 128-bit SIMD. Contract: row-scanner.ts. Plain version: js-row-scanner.ts.
;; After a change: pnpm run build:kernel (writes kernel-wasm.ts; its test compares the two).
(module
  (import "env" "memory" (memory 1))

  ;; The four sums of four rows each, transposed and added: lane n is the whole sum of row n.
  (func $sum4 (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result v128)
    (local $ab v128) (local $cd v128)
    ;; a0+a2 b0+b2 a1+a3 b1+b3
    (local.set $ab (i32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b))))
    (local.set $cd (i32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d))))
    (i32x4.add
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $ab) (local.get $cd))
      (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $ab) (local.get $cd))))

  ;; out[n] = dot(row n, query) * factors[n], for $rows rows of $width numbers. $width is a multiple of 16. Rows lie in groups of four:
  ;; 16 numbers of row 0, of row 1, of row 2, of row 3, then the next 16 of row 0, and so on. So memory is read in one straight line, and
  ;; each load of the query serves four rows. There is room behind $codes, $factors and $out to fill up the last group.
  ;; Engines do not inline calls: the innermost loop is written out.
  (func (export "score") (param $query i32) (param $codes i32) (param $factors i32) (param $out i32) (param $rows i32) (param $width i32)
    (local $end i32) (local $stop i32) (local $q i32) (local $low v128) (local $high v128)
    (local $row v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (if (i32.le_s (local.get $rows) (i32.const 0)) (then (return)))
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $group
      (local.set $stop (i32.add (local.get $codes) (i32.shl (local.get $width) (i32.const 2))))
      (local.set $q (local.get $query))
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (loop $column
        (local.set $low (v128.load (local.get $q)))
        (local.set $high (v128.load offset=16 (local.get $q)))
        (local.set $row (v128.load (local.get $codes)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (local.get $low))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (local.get $high)))))
        (local.set $row (v128.load offset=16 (local.get $codes)))
        (local.set $b (i32x4.add (local.get $b) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (local.get $low))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (local.get $high)))))
        (local.set $row (v128.load offset=32 (local.get $codes)))
        (local.set $c (i32x4.add (local.get $c) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (local.get $low))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (local.get $high)))))
        (local.set $row (v128.load offset=48 (local.get $codes)))
        (local.set $d (i32x4.add (local.get $d) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (local.get $low))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (local.get $high)))))
        (local.set $q (i32.add (local.get $q) (i32.const 32)))
        (local.set $codes (i32.add (local.get $codes) (i32.const 64)))
        (br_if $column (i32.lt_u (local.get $codes) (local.get $stop))))
      (v128.store (local.get $out)
        (f32x4.mul
          (f32x4.convert_i32x4_s (call $sum4 (local.get $a) (local.get $b) (local.get $c) (local.get $d)))
          (v128.load (local.get $factors))))
      (local.set $factors (i32.add (local.get $factors) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $group (i32.lt_u (local.get $out) (local.get $end)))))
)
