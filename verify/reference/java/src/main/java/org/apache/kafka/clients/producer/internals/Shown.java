package org.apache.kafka.clients.producer.internals;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.internals.ProducerIdAndEpoch;

/** The state of the classes as text; some of it lies in private fields. */
final class Shown {
    private Shown() {
    }

    private static Object field(Object of, Class<?> in, String name) {
        try {
            Field field = in.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object ofManager(Session session, String name) {
        return field(session.manager, TransactionManager.class, name);
    }

    private static String identity(ProducerIdAndEpoch identity) {
        return identity.producerId + "@" + identity.epoch;
    }

    private static String list(Collection<String> all) {
        return all.isEmpty() ? "-" : String.join(",", all);
    }

    /** A batch by the name its first record got when it was appended, and its numbers. */
    static String batch(ProducerBatch batch) {
        List<?> thunks = (List<?>) field(batch, ProducerBatch.class, "thunks");
        Object thunk = thunks.get(0);
        Told.Record record = (Told.Record) field(thunk, thunk.getClass(), "callback");
        String name = Told.name(record.batch, record.index);
        if (!batch.hasSequence()) {
            return name + "[-+" + batch.recordCount + "]";
        }
        return name + "[" + batch.baseSequence() + "+" + batch.recordCount + "]" + batch.producerId() + "@"
                + batch.producerEpoch() + (batch.sequenceHasBeenReset() ? "r" : "")
                + (batch.attempts() > 0 ? "a" + batch.attempts() : "");
    }

    @SuppressWarnings("unchecked")
    static String partition(Session session, int p) {
        TopicPartition at = Session.partition(p);
        Map<TopicPartition, Integer> unresolved =
                (Map<TopicPartition, Integer>) ofManager(session, "partitionsWithUnresolvedSequences");
        TxnPartitionMap map = (TxnPartitionMap) ofManager(session, "txnPartitionMap");
        List<String> queue = new ArrayList<>();
        Deque<ProducerBatch> deque = session.accumulator.getDeque(at);
        if (deque != null) {
            deque.forEach(batch -> queue.add(batch(batch)));
        }
        String mark = unresolved.containsKey(at) ? unresolved.get(at).toString() : "-";
        if (!map.contains(at)) {
            return "next=0 acked=- off=- pid=-1@-1 unresolved=" + mark + " queue=" + list(queue) + " inflight=-";
        }
        TxnPartitionEntry entry = map.get(at);
        List<String> inflight = new ArrayList<>();
        for (ProducerBatch batch : (Collection<ProducerBatch>) field(
                entry, TxnPartitionEntry.class, "inflightBatchesBySequence")) {
            inflight.add(batch(batch));
        }
        var acked = entry.lastAckedSequence();
        var offset = entry.lastAckedOffset();
        return "next=" + entry.nextSequence()
                + " acked=" + (acked.isPresent() ? acked.getAsInt() : "-")
                + " off=" + (offset.isPresent() ? offset.getAsLong() : "-")
                + " pid=" + identity(entry.producerIdAndEpoch())
                + " unresolved=" + mark
                + " queue=" + list(queue)
                + " inflight=" + list(inflight);
    }

    @SuppressWarnings("unchecked")
    static String manager(Session session) {
        List<String> waiting = new ArrayList<>();
        var pending = new java.util.PriorityQueue<>(
                (java.util.PriorityQueue<TransactionManager.TxnRequestHandler>) ofManager(session, "pendingRequests"));
        while (!pending.isEmpty()) {
            waiting.add(pending.poll().requestBuilder().apiKey().name);
        }
        RuntimeException error = session.manager.lastError();
        return "state=" + ofManager(session, "currentState")
                + " pid=" + identity(session.manager.producerIdAndEpoch())
                + " bump=" + ofManager(session, "clientSideEpochBumpRequired")
                + " rewrite=" + partitions(ofManager(session, "partitionsToRewriteSequences"))
                + " waiting=" + list(waiting)
                + " error=" + (error == null ? "-" : Session.code(error));
    }

    /** What belongs to the transaction alone. */
    static String transaction(Session session) {
        return "started=" + ofManager(session, "transactionStarted")
                + " new=" + partitions(ofManager(session, "newPartitionsInTransaction"))
                + " pending=" + partitions(ofManager(session, "pendingPartitionsInTransaction"))
                + " added=" + partitions(ofManager(session, "partitionsInTransaction"))
                + " offsets=" + session.manager.hasPendingOffsetCommits()
                + " tv2=" + session.manager.isTransactionV2Enabled();
    }

    @SuppressWarnings("unchecked")
    private static String partitions(Object of) {
        TreeSet<Integer> all = new TreeSet<>();
        ((Collection<TopicPartition>) of).forEach(at -> all.add(at.partition()));
        List<String> names = new ArrayList<>();
        all.forEach(p -> names.add(p.toString()));
        return list(names);
    }

    /** The requests without an answer, by kind. */
    static String flights(Session session) {
        TreeMap<Integer, String> all = new TreeMap<>();
        for (Flight flight : session.wire.flights()) {
            all.put(all.size(), flight.toString());
        }
        return all.isEmpty() ? "none" : String.join(" ", all.values());
    }
}
