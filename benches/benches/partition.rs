//! One partition's operations, at 1,000 and 1,000,000 producers and at both loads of the index.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fencepost_benches::filling::Filling;
use fencepost_benches::known::Known;
use fencepost_benches::turnover::Turnover;
use fencepost_benches::{Bed, Load, Operation};

const SIZES: [usize; 2] = [1_000, 1_000_000];
const LOADS: [(Load, &str); 2] = [(Load::Stated, "stated load"), (Load::Half, "50 %")];

/// Batches are made beforehand, so many at a time.
const ROUND: usize = 8_192;

fn measure(c: &mut Criterion, operation: Operation, case: &str, size: usize, bed: &mut dyn Bed) {
    let mut group = c.benchmark_group(operation.to_string());
    group.throughput(Throughput::Elements(1));
    let mut round = 0;
    group.bench_function(BenchmarkId::new(case, size), |bencher| {
        bencher.iter_custom(|iterations| {
            let mut left = usize::try_from(iterations).expect("a count of operations");
            let mut spent = Duration::ZERO;
            while left > 0 {
                let count = left.min(ROUND);
                spent += bed.round(operation, round, count).expect("an operation of this bed");
                (left, round) = (left - count, round + 1);
            }
            spent
        });
    });
    group.finish();
}

fn known(c: &mut Criterion) {
    let operations = [
        Operation::AdmitRecord,
        Operation::Duplicate,
        Operation::Refusal,
        Operation::Hit,
        Operation::Miss,
    ];
    for size in SIZES {
        for (load, case) in LOADS {
            let mut bed = Known::new(size, load);
            for operation in operations {
                measure(c, operation, case, size, &mut bed);
            }
        }
    }
}

fn new(c: &mut Criterion) {
    for size in SIZES {
        for (load, case) in LOADS {
            measure(c, Operation::Insert, case, size, &mut Filling::new(size, load));
            measure(c, Operation::NewProducer, case, size, &mut Turnover::new(size, load));
        }
    }
}

criterion_group!(benches, known, new);
criterion_main!(benches);
