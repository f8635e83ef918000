//! A producer with and without a journal, and the journal read back: nothing waits for a disk.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fencepost_benches::journals::{Alone, Writing};

const MIB: u64 = 1 << 20;

fn assign_and_answer(c: &mut Criterion) {
    let mut group = c.benchmark_group("assign and answer a batch");
    let mut alone = Alone::new();
    group.bench_function("without a journal", |bencher| bencher.iter(|| alone.batch()));
    for len in [100, 1 << 10, 16 << 10] {
        let mut writing = Writing::new(1, len, 16 * MIB);
        group.throughput(Throughput::Bytes(len as u64));
        let id = BenchmarkId::new("journal write without fsync", format!("{len} bytes"));
        group.bench_function(id, |bencher| bencher.iter(|| writing.batch()));
    }
    group.finish();
}

fn recovery(c: &mut Criterion) {
    let mut group = c.benchmark_group("recovery of a full journal");
    group.sample_size(20);
    for (partitions, len, capacity) in [
        (1, 1 << 10, MIB),
        (1, 1 << 10, 64 * MIB),
        (1_000, 1 << 10, 64 * MIB),
        (1_000, 100, 64 * MIB),
    ] {
        let full = Writing::new(partitions, len, capacity).fill();
        group.throughput(Throughput::Bytes(full.len()));
        let case = format!("{partitions} partitions, batches of {len} bytes");
        let id = BenchmarkId::new(case, format!("{} MiB", capacity / MIB));
        group.bench_function(id, |bencher| bencher.iter(|| black_box(full.recover())));
    }
    group.finish();
}

criterion_group!(benches, assign_and_answer, recovery);
criterion_main!(benches);
