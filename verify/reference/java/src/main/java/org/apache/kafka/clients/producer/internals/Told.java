package org.apache.kafka.clients.producer.internals;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.protocol.Errors;

/** What the user is told of each record, in the order of the batches. */
final class Told {
    /** One entry a telling, so that a second one is seen. */
    private final TreeMap<Long, List<String>> told = new TreeMap<>();

    /** A batch goes by its first record: `B3`, and `B3.2` for the part of a split that begins there. */
    static String name(int batch, int record) {
        return record == 0 ? "B" + batch : "B" + batch + "." + record;
    }

    /** The callback of one record. */
    final class Record implements RecordAccumulator.AppendCallbacks {
        final int batch;
        final int index;

        Record(int batch, int index) {
            this.batch = batch;
            this.index = index;
        }

        @Override
        public void setPartition(int partition) {
        }

        @Override
        public void onCompletion(RecordMetadata metadata, Exception error) {
            String what = error != null
                    ? "!" + Session.code(error)
                    : "=" + (metadata.hasOffset() ? metadata.offset() : -1);
            told.computeIfAbsent(((long) batch << 32) + index, at -> new ArrayList<>()).add(what);
        }
    }

    /** What was told since the last question. */
    String take() {
        List<String> all = new ArrayList<>();
        told.forEach((at, what) -> {
            String name = name((int) (at >> 32), (int) (long) at);
            all.add(name + String.join("", what));
        });
        told.clear();
        return all.isEmpty() ? "none" : String.join(" ", all);
    }
}
