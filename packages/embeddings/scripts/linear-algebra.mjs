// Small dense linear algebra on row-major Float64Arrays, all that build-static-table.mjs needs.

/** XᵀY of an n×d and an n×e matrix. */
export function cross(x, y, n, d, e) {
  const product = new Float64Array(d * e);
  for (let row = 0; row < n; row += 1) {
    for (let i = 0; i < d; i += 1) {
      const value = x[row * d + i];
      if (value !== 0) for (let j = 0; j < e; j += 1) product[i * e + j] += value * y[row * e + j];
    }
  }
  return product;
}

/** XW of an n×d and a d×e matrix. */
export function multiply(x, w, n, d, e) {
  const product = new Float64Array(n * e);
  for (let row = 0; row < n; row += 1) {
    for (let i = 0; i < d; i += 1) {
      const value = x[row * d + i];
      if (value !== 0) for (let j = 0; j < e; j += 1) product[row * e + j] += value * w[i * e + j];
    }
  }
  return product;
}

/** The solution of AX = B for a symmetric positive definite d×d matrix, by Cholesky's decomposition. */
export function solve(a, b, d, e) {
  const lower = Float64Array.from(a);
  for (let i = 0; i < d; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = lower[i * d + j];
      for (let k = 0; k < j; k += 1) sum -= lower[i * d + k] * lower[j * d + k];
      lower[i * d + j] = i === j ? Math.sqrt(sum) : sum / lower[j * d + j];
    }
  }
  const x = Float64Array.from(b);
  const eliminate = (i, k, factor) => {
    for (let c = 0; c < e; c += 1) x[i * e + c] -= factor * x[k * e + c];
  };
  const divide = (i) => {
    for (let c = 0; c < e; c += 1) x[i * e + c] /= lower[i * d + i];
  };
  for (let i = 0; i < d; i += 1) {
    for (let k = 0; k < i; k += 1) eliminate(i, k, lower[i * d + k]);
    divide(i);
  }
  for (let i = d - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < d; k += 1) eliminate(i, k, lower[k * d + i]);
    divide(i);
  }
  return x;
}

/** The eigenvectors of a symmetric d×d matrix as columns, largest eigenvalue first, by Jacobi's rotations. */
export function eigenvectors(symmetric, d) {
  const a = Float64Array.from(symmetric);
  const v = new Float64Array(d * d);
  for (let i = 0; i < d; i += 1) v[i * d + i] = 1;
  const rotate = (m, at, to, step, cosine, sine) => {
    for (let k = 0; k < d; k += 1) {
      const first = m[at + k * step];
      const second = m[to + k * step];
      m[at + k * step] = cosine * first - sine * second;
      m[to + k * step] = sine * first + cosine * second;
    }
  };
  for (let sweep = 0; sweep < 12; sweep += 1) {
    for (let p = 0; p < d; p += 1) {
      for (let q = p + 1; q < d; q += 1) {
        const offDiagonal = a[p * d + q];
        if (Math.abs(offDiagonal) < 1e-13) continue;
        const angle = (a[q * d + q] - a[p * d + p]) / (2 * offDiagonal);
        const tangent = (angle < 0 ? -1 : 1) / (Math.abs(angle) + Math.sqrt(angle * angle + 1));
        const cosine = 1 / Math.sqrt(tangent * tangent + 1);
        const sine = tangent * cosine;
        rotate(a, p, q, d, cosine, sine);
        rotate(a, p * d, q * d, 1, cosine, sine);
        rotate(v, p, q, d, cosine, sine);
      }
    }
  }
  const order = Array.from({ length: d }, (_, i) => i).sort((i, j) => a[j * d + j] - a[i * d + i]);
  const sorted = new Float64Array(d * d);
  for (let row = 0; row < d; row += 1) for (const [to, from] of order.entries()) sorted[row * d + to] = v[row * d + from];
  return sorted;
}
