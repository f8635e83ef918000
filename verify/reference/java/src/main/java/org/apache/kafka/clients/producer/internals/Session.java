package org.apache.kafka.clients.producer.internals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.NodeApiVersions;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.internals.ClusterResourceListeners;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionRatioEstimator;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.utils.internals.LogContext;

/** One producer of Kafka's: its sender, its manager and its accumulator, on a still clock and a dead wire. */
final class Session {
    static final String TOPIC = "topic";
    private static final int NODES = 3;

    final StillClock clock = new StillClock();
    final Wire wire = new Wire(clock);
    final Told told = new Told();
    final TransactionManager manager;
    final RecordAccumulator accumulator;
    final Sender sender;
    private final ProducerMetadata metadata;
    private final Map<String, String> settings = new HashMap<>();
    private final int[] leaders;
    private final int[] epochs;
    private final List<ProducerBatch> batches = new ArrayList<>();
    private final Random random = new Random(1);

    Session(String[] words) {
        for (int i = 1; i < words.length; i++) {
            String[] pair = words[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        leaders = new int[setting("partitions", 1)];
        epochs = new int[leaders.length];
        int nodes = Math.min(NODES, setting("nodes", 1));
        for (int p = 0; p < leaders.length; p++) {
            leaders[p] = p % nodes;
            epochs[p] = 1;
        }
        LogContext log = new LogContext();
        Metrics metrics = new Metrics(clock);
        metadata = new ProducerMetadata(0, 0, 1L << 40, 1L << 40, log, new ClusterResourceListeners());
        metadata.add(TOPIC, clock.milliseconds());
        tellLeaders();
        int backoff = setting("backoff", 0);
        boolean idempotent = setting("idempotent", 1) == 1;
        manager = !idempotent ? null : new TransactionManager(
                log, settings.get("txn"), 60_000, backoff, versions(), metadata, false);
        int batchSize = setting("batch", 16_384);
        accumulator = new RecordAccumulator(
                log, batchSize, compression(), 0, backoff, backoff, setting("delivery", Integer.MAX_VALUE),
                metrics, "reference", clock, manager, new BufferPool(1L << 30, batchSize, metrics, clock, "pool"));
        sender = new Sender(
                log, wire, metadata, accumulator, setting("inflight", 5) == 1, setting("request", 1 << 20),
                (short) -1, setting("retries", Integer.MAX_VALUE), new SenderMetricsRegistry(metrics), clock,
                30_000, backoff, manager);
    }

    private int setting(String name, int otherwise) {
        return Integer.parseInt(settings.getOrDefault(name, Integer.toString(otherwise)));
    }

    private Compression compression() {
        return settings.containsKey("compression")
                ? Compression.of(settings.get("compression")).build()
                : Compression.NONE;
    }

    /** What every node says that it can. */
    private ApiVersions versions() {
        List<ApiVersion> all = new ArrayList<>();
        for (ApiKeys key : ApiKeys.clientApis()) {
            short max = key.latestVersion();
            if (key == ApiKeys.INIT_PRODUCER_ID) {
                max = (short) setting("init-version", 4);
            }
            all.add(new ApiVersion().setApiKey(key.id).setMinVersion(key.oldestVersion()).setMaxVersion(max));
        }
        short version = (short) setting("transaction-version", 0);
        List<FinalizedFeatureKey> features = List.of(new FinalizedFeatureKey()
                .setName("transaction.version").setMinVersionLevel(version).setMaxVersionLevel(version));
        ApiVersions versions = new ApiVersions();
        for (int node = 0; node < NODES; node++) {
            versions.update(Integer.toString(node), new NodeApiVersions(all, List.of(), features, 0));
        }
        return versions;
    }

    private void tellLeaders() {
        MetadataResponseData data = new MetadataResponseData().setClusterId("cluster").setControllerId(0);
        for (int node = 0; node < NODES; node++) {
            data.brokers().add(new MetadataResponseBroker()
                    .setNodeId(node).setHost(Wire.node(node).host()).setPort(Wire.node(node).port()));
        }
        MetadataResponseTopic topic = new MetadataResponseTopic().setName(TOPIC).setTopicId(new Uuid(1, 1));
        for (int p = 0; p < leaders.length; p++) {
            topic.partitions().add(new MetadataResponsePartition()
                    .setPartitionIndex(p).setLeaderId(leaders[p]).setLeaderEpoch(epochs[p])
                    .setReplicaNodes(List.of(leaders[p])).setIsrNodes(List.of(leaders[p])));
        }
        data.topics().add(topic);
        short version = ApiKeys.METADATA.latestVersion();
        metadata.updateWithCurrentRequestVersion(
                new MetadataResponse(data, version), false, clock.milliseconds());
    }

    void leader(int partition, int node, int epoch) {
        leaders[partition] = node;
        epochs[partition] = epoch;
        tellLeaders();
    }

    /** In which order a node's partitions are visited: that of a hash map in the metadata. */
    String order() {
        TreeMap<Integer, List<Integer>> all = new TreeMap<>();
        for (int node = 0; node < NODES; node++) {
            List<Integer> of = new ArrayList<>();
            for (PartitionInfo info : metadata.fetchMetadataSnapshot().cluster().partitionsForNode(node)) {
                of.add(info.partition());
            }
            all.put(node, of);
        }
        StringBuilder text = new StringBuilder();
        all.forEach((node, of) -> text.append(" n").append(node).append(of.toString().replace(" ", "")));
        return "order" + text;
    }

    static TopicPartition partition(int p) {
        return new TopicPartition(TOPIC, p);
    }

    /** Appends one batch of so many records, closed to further ones. */
    String append(int p, int count, int size) throws InterruptedException {
        CompressionType type = compression().type();
        if (type != CompressionType.NONE) {
            // A batch may so become larger than it should: the case in which a split has something to do.
            CompressionRatioEstimator.setEstimation(TOPIC, type, 0.01f);
        }
        int batch = batches.size() + 1;
        for (int index = 0; index < count; index++) {
            ByteBuffer value = ByteBuffer.allocate(Math.max(size, 8));
            random.nextBytes(value.array());
            value.putInt(0, batch).putInt(4, index);
            accumulator.append(
                    TOPIC, p, clock.milliseconds(), null, value.array(), new org.apache.kafka.common.header.Header[0],
                    told.new Record(batch, index), 0, clock.milliseconds(),
                    metadata.fetchMetadataSnapshot().cluster());
        }
        Deque<ProducerBatch> queue = accumulator.getDeque(partition(p));
        ProducerBatch last = queue.peekLast();
        last.closeForRecordAppends();
        batches.add(last);
        if (last.recordCount != count) {
            throw new IllegalArgumentException("they do not fit one batch");
        }
        return Told.name(batch, 0);
    }

    ProducerBatch batch(String name) {
        return batches.get(Integer.parseInt(name.substring(1)) - 1);
    }

    /** The newest request that carries the batch. */
    Optional<Flight> flight(String name) {
        return wire.flights().stream().filter(flight -> flight.partitionOf(name) >= 0).findFirst();
    }

    Flight flight(ApiKeys kind) {
        return wire.flights().stream().filter(flight -> flight.kind() == kind).findFirst().orElseThrow();
    }

    void land(Flight flight) {
        wire.flights().remove(flight);
    }

    /** An error as its code, or by name if Kafka has no code for it. */
    static String code(Throwable error) {
        Errors errors = Errors.forException(error);
        boolean unknown = errors == Errors.UNKNOWN_SERVER_ERROR && !(error instanceof UnknownServerException);
        return unknown ? error.getClass().getSimpleName() : Short.toString(errors.code());
    }
}
