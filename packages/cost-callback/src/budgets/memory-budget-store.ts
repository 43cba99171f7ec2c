import { type Clock, type NanoUsd, systemClock } from "@langthrift/core";
import type { BudgetRef, BudgetState, BudgetStore } from "./budget-store.ts";
import { ROLLING_STEPS } from "./budget-window.ts";

/** Options of {@link memoryBudgetStore}. */
export interface MemoryBudgetStoreOptions {
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
}

interface Held {
  amount: number;
  floor: number;
  readonly step: number;
  expiresAt: number;
}

interface Book {
  /** Spent by step; one step unless the window rolls. */
  readonly spent: Map<number, number>;
  readonly leases: Map<string, Held>;
  /** Leases that ran out: what they were charged. */
  readonly expired: Map<string, { readonly charged: number; readonly step: number; readonly at: number }>;
  /** Leases that were settled, and when. */
  readonly settled: Map<string, number>;
  held: number;
  end: number | null;
}

const REMEMBER_MS = 3_600_000;
const MAX_BOOKS = 10_000;

/** Budgets of one process. Nothing waits in between, so an operation is atomic. */
export function memoryBudgetStore({ clock = systemClock }: MemoryBudgetStoreOptions = {}): BudgetStore {
  const books = new Map<string, Book>();

  function open({ budgetId, window }: BudgetRef, now: number): Book {
    const key = `${budgetId}\n${window.key}`;
    let book = books.get(key);
    if (!book) {
      if (books.size >= MAX_BOOKS) for (const [old, { end }] of books) if (end !== null && end + REMEMBER_MS < now) books.delete(old);
      book = { spent: new Map(), leases: new Map(), expired: new Map(), settled: new Map(), held: 0, end: window.end };
      books.set(key, book);
    }
    return book;
  }

  function sweep(book: Book, stepMs: number, now: number): void {
    for (const [id, lease] of book.leases) {
      if (lease.expiresAt > now) continue;
      book.leases.delete(id);
      book.held -= lease.amount;
      charge(book, lease.step, lease.floor);
      book.expired.set(id, { charged: lease.floor, step: lease.step, at: now });
    }
    // Both maps are in order of time.
    for (const [id, at] of book.settled) {
      if (at + REMEMBER_MS > now) break;
      book.settled.delete(id);
    }
    for (const [id, { at }] of book.expired) {
      if (at + REMEMBER_MS > now) break;
      book.expired.delete(id);
    }
    if (stepMs > 0) for (const step of book.spent.keys()) if (step < stepOf(now, stepMs) - ROLLING_STEPS) book.spent.delete(step);
  }

  function state(book: Book, before: number): BudgetState {
    return { spentBeforeNanoUsd: before as NanoUsd, spentNanoUsd: total(book) as NanoUsd, heldNanoUsd: book.held as NanoUsd };
  }

  return {
    async reserve(reservation) {
      const { window, leaseId, amountNanoUsd, floorNanoUsd, limitNanoUsd, leaseMs } = reservation;
      const now = clock.now();
      if (window.end !== null && (now < window.start || now >= window.end)) return { status: "stale", now };
      const book = open(reservation, now);
      const before = total(book);
      sweep(book, window.stepMs, now);
      if (!book.leases.has(leaseId) && !book.settled.has(leaseId) && !book.expired.has(leaseId)) {
        if (total(book) + book.held + amountNanoUsd > limitNanoUsd) return { status: "refused", ...state(book, before) };
        book.held += amountNanoUsd;
        book.leases.set(leaseId, {
          amount: amountNanoUsd,
          floor: Math.min(floorNanoUsd, amountNanoUsd),
          step: stepOf(now, window.stepMs),
          expiresAt: now + leaseMs,
        });
      }
      return { status: "granted", ...state(book, before) };
    },
    async touch(lease, floorNanoUsd, leaseMs) {
      const now = clock.now();
      const book = open(lease, now);
      sweep(book, lease.window.stepMs, now);
      const held = book.leases.get(lease.leaseId);
      if (!held) return;
      held.expiresAt = now + leaseMs;
      held.floor = Math.max(held.floor, floorNanoUsd);
      if (held.floor <= held.amount) return;
      // More was seen than was reserved: what is held follows.
      book.held += held.floor - held.amount;
      held.amount = held.floor;
    },
    async settle(lease, actualNanoUsd) {
      const now = clock.now();
      const book = open(lease, now);
      const before = total(book);
      sweep(book, lease.window.stepMs, now);
      const held = book.leases.get(lease.leaseId);
      const expired = book.expired.get(lease.leaseId);
      if (held) {
        book.leases.delete(lease.leaseId);
        book.held -= held.amount;
        charge(book, held.step, actualNanoUsd ?? held.amount);
      } else if (expired) {
        book.expired.delete(lease.leaseId);
        if (actualNanoUsd !== null) charge(book, expired.step, actualNanoUsd - expired.charged);
      } else if (!book.settled.has(lease.leaseId)) {
        charge(book, stepOf(now, lease.window.stepMs), actualNanoUsd ?? 0);
      }
      if (!book.settled.has(lease.leaseId)) book.settled.set(lease.leaseId, now);
      return state(book, before);
    },
    async read(ref) {
      const now = clock.now();
      const book = open(ref, now);
      const before = total(book);
      sweep(book, ref.window.stepMs, now);
      return state(book, before);
    },
  };
}

function stepOf(now: number, stepMs: number): number {
  return stepMs === 0 ? 0 : Math.floor(now / stepMs);
}

function charge(book: Book, step: number, amount: number): void {
  book.spent.set(step, (book.spent.get(step) ?? 0) + amount);
}

function total(book: Book): number {
  let sum = 0;
  for (const amount of book.spent.values()) sum += amount;
  return sum;
}
