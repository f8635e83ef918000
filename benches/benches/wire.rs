//! Headers read from a segment of 4 MB, with the CRC and without; a sealed batch numbered anew.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fencepost::wire::{Segment, restamp, stamp};
use fencepost_benches::wires;

fn headers(c: &mut Criterion) {
    let segment = wires::segment(4_000);
    let positions = wires::positions(&segment);
    let mut group = c.benchmark_group("a segment's headers");
    group.throughput(Throughput::Elements(positions.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| wires::parse(black_box(&segment), &positions));
    });
    group.bench_function("walk without CRC", |bencher| {
        bencher.iter(|| wires::walk(Segment::headers(black_box(&segment))));
    });
    group.bench_function("walk with CRC", |bencher| {
        bencher.iter(|| wires::walk(Segment::verified(black_box(&segment))));
    });
    group.finish();
}

fn numbers(c: &mut Criterion) {
    let mut group = c.benchmark_group("a sealed batch numbered anew");
    for kib in [1, 16, 1_024] {
        let mut batch = wires::batch(0, kib << 10);
        let mut n = 0_u16;
        group.throughput(Throughput::Bytes(batch.len() as u64));
        group.bench_function(BenchmarkId::new("restamp: CRC patched", kib << 10), |bencher| {
            bencher.iter(|| {
                n = n.wrapping_add(1);
                restamp(black_box(&mut batch), wires::stamp(n)).expect("one batch");
            });
        });
        group.bench_function(BenchmarkId::new("stamp: CRC computed", kib << 10), |bencher| {
            bencher.iter(|| {
                n = n.wrapping_add(1);
                stamp(black_box(&mut batch), wires::stamp(n)).expect("one batch");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, headers, numbers);
criterion_main!(benches);
