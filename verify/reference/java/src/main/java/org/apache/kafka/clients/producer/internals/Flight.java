package org.apache.kafka.clients.producer.internals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.clients.ClientRequest;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AddOffsetsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;

/** A request on the wire, read when it is sent: Kafka rewrites the bytes of a batch in place. */
final class Flight {
    private final ClientRequest request;
    private final short version;
    private final AbstractRequest body;
    /** The batches of a produce request that were not answered yet, by partition. */
    private final TreeMap<Integer, Sent> batches = new TreeMap<>();
    private boolean touched;

    /** What a batch had on the wire. */
    record Sent(String name, int partition, long id, short epoch, int base, int count) {
        @Override
        public String toString() {
            return name + ":" + partition + "[" + base + "+" + count + "]" + id + "@" + epoch;
        }
    }

    Flight(ClientRequest request) {
        this.request = request;
        body = request.requestBuilder().build();
        version = body.version();
        if (body instanceof ProduceRequest produce) {
            produce.data().topicData().forEach(topic -> topic.partitionData().forEach(
                    p -> batches.put(p.index(), sent(p.index(), (MemoryRecords) p.records()))));
        }
    }

    private static Sent sent(int partition, MemoryRecords records) {
        MutableRecordBatch batch = records.batches().iterator().next();
        ByteBuffer value = batch.iterator().next().value();
        return new Sent(
                Told.name(value.getInt(), value.getInt()),
                partition,
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.countOrNull());
    }

    ApiKeys kind() {
        return request.apiKey();
    }

    /** The partition of a batch of that name which waits for an answer; -1 if it is not in here. */
    int partitionOf(String name) {
        for (Sent sent : batches.values()) {
            if (sent.name().equals(name)) {
                return sent.partition();
            }
        }
        return -1;
    }

    boolean isWhole() {
        return !touched;
    }

    /** Takes one batch out; true if it was the last. */
    boolean take(int partition) {
        touched = true;
        batches.remove(partition);
        return batches.isEmpty();
    }

    void answer(AbstractResponse response, long now) {
        request.callback().onComplete(new ClientResponse(
                request.makeHeader(version), null, request.destination(), request.createdTimeMs(),
                now, false, null, null, response));
    }

    void lose(boolean timedOut, long now) {
        request.callback().onComplete(new ClientResponse(
                request.makeHeader(version), null, request.destination(), request.createdTimeMs(),
                now, true, timedOut, null, null, null));
    }

    void refuseVersion(long now) {
        request.callback().onComplete(new ClientResponse(
                request.makeHeader(version), null, request.destination(), request.createdTimeMs(),
                now, false, new UnsupportedVersionException("said by the driver"), null, null));
    }

    AbstractRequest body() {
        return body;
    }

    @Override
    public String toString() {
        if (body instanceof ProduceRequest) {
            List<String> all = new ArrayList<>();
            batches.values().forEach(sent -> all.add(sent.toString()));
            return "n" + request.destination() + "(" + String.join(" ", all) + ")";
        } else if (body instanceof InitProducerIdRequest init) {
            return "init(" + init.data().transactionalId() + " " + init.data().transactionTimeoutMs()
                    + " " + init.data().producerId() + "@" + init.data().producerEpoch() + ")";
        } else if (body instanceof FindCoordinatorRequest find) {
            var keys = find.data().coordinatorKeys();
            String key = keys.isEmpty() ? find.data().key() : keys.get(0);
            return "find(" + (find.data().keyType() == 1 ? "txn" : "group") + " " + key + ")";
        } else if (body instanceof AddPartitionsToTxnRequest add) {
            List<Integer> all = new ArrayList<>();
            add.data().v3AndBelowTopics().forEach(topic -> all.addAll(topic.partitions()));
            all.sort(null);
            return "add" + all.toString().replace(" ", "");
        } else if (body instanceof AddOffsetsToTxnRequest offsets) {
            return "offsets(" + offsets.data().groupId() + ")";
        } else if (body instanceof TxnOffsetCommitRequest commit) {
            return "offset-commit(" + commit.data().groupId() + ")";
        } else if (body instanceof EndTxnRequest end) {
            return "end(" + (end.data().committed() ? "commit" : "abort") + " " + end.data().producerId()
                    + "@" + end.data().producerEpoch() + ")";
        }
        return kind().name;
    }
}
