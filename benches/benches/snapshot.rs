//! Whole passes over a partition: Kafka's snapshot written and read, and a sweep that finds
//! nothing.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fencepost_benches::known::Known;
use fencepost_benches::snapshots::Snapshots;
use fencepost_benches::{Bed, Load, Operation};

/// One iteration is one pass.
fn measure(c: &mut Criterion, operation: Operation, size: usize, bed: &mut dyn Bed) {
    let mut group = c.benchmark_group(operation.to_string());
    group.throughput(Throughput::Elements(size as u64)).sample_size(20);
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter_custom(|iterations| {
            (0..iterations)
                .map(|round| bed.round(operation, round, size).expect("an operation of this bed"))
                .sum()
        });
    });
    group.finish();
}

fn passes(c: &mut Criterion) {
    for size in [1_000, 1_000_000] {
        measure(c, Operation::Sweep, size, &mut Known::new(size, Load::Stated));
        let mut snapshots = Snapshots::new(size);
        measure(c, Operation::SnapshotWrite, size, &mut snapshots);
        measure(c, Operation::SnapshotRead, size, &mut snapshots);
    }
}

criterion_group!(benches, passes);
criterion_main!(benches);
