package org.apache.kafka.clients.producer.internals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;

/** Broker's answers to the requests on the wire. */
final class Answers {
    private Answers() {
    }

    private static long number(String[] words, int at, long otherwise) {
        return words.length > at ? Long.parseLong(words[at]) : otherwise;
    }

    /** `answer BATCH CODE [OFFSET [START]]`: one batch of a request; the rest of it waits on. */
    static void produce(Session session, String[] words) {
        Flight flight = session.flight(words[1]).orElseThrow();
        int partition = flight.partitionOf(words[1]);
        if (flight.take(partition)) {
            session.land(flight);
        }
        ProduceResponseData data = new ProduceResponseData();
        data.responses().add(new TopicProduceResponse()
                .setName(Session.TOPIC)
                .setPartitionResponses(List.of(new PartitionProduceResponse()
                        .setIndex(partition)
                        .setErrorCode(Short.parseShort(words[2]))
                        .setBaseOffset(number(words, 3, -1))
                        .setLogAppendTimeMs(-1)
                        .setLogStartOffset(number(words, 4, -1)))));
        flight.answer(new ProduceResponse(data), session.wire.now());
    }

    /** `disconnect`, `timeout` or `unsupported BATCH`: the whole request that carries it. */
    static void lose(Session session, String[] words) {
        Flight flight = session.flight(words[1]).orElseThrow();
        if (!flight.isWhole()) {
            throw new IllegalArgumentException("a part of the request was answered");
        }
        session.land(flight);
        if (words[0].equals("unsupported")) {
            flight.refuseVersion(session.wire.now());
        } else {
            flight.lose(words[0].equals("timeout"), session.wire.now());
        }
    }

    /** `lost KIND`: a disconnect with a request of the manager's on the wire. */
    static void lost(Session session, String[] words) {
        Flight flight = session.flight(ApiKeys.valueOf(words[1]));
        session.land(flight);
        flight.lose(false, session.wire.now());
    }

    /** An answer to a request of the manager's. */
    static void other(Session session, String[] words) {
        short code = words[1].contains(":") ? 0 : Short.parseShort(words[1]);
        switch (words[0]) {
            case "identity" -> answer(session, ApiKeys.INIT_PRODUCER_ID, new InitProducerIdResponse(
                    new InitProducerIdResponseData().setErrorCode(code)
                            .setProducerId(number(words, 2, -1))
                            .setProducerEpoch((short) number(words, 3, -1))));
            case "coordinator" -> answer(session, ApiKeys.FIND_COORDINATOR, coordinator(code, words));
            case "added" -> answer(session, ApiKeys.ADD_PARTITIONS_TO_TXN, added(words));
            case "offsets" -> answer(session, ApiKeys.ADD_OFFSETS_TO_TXN, new AddOffsetsToTxnResponse(
                    new AddOffsetsToTxnResponseData().setErrorCode(code)));
            case "offset-commit" -> {
                Map<TopicPartition, Errors> all = new HashMap<>();
                codes(words).forEach((p, errors) -> all.put(Session.partition(p), errors));
                answer(session, ApiKeys.TXN_OFFSET_COMMIT, new TxnOffsetCommitResponse(0, all));
            }
            case "ended" -> answer(session, ApiKeys.END_TXN, new EndTxnResponse(
                    new EndTxnResponseData().setErrorCode(code)
                            .setProducerId(number(words, 2, -1))
                            .setProducerEpoch((short) number(words, 3, -1))));
            default -> throw new IllegalArgumentException("no request " + words[0]);
        }
    }

    private static void answer(Session session, ApiKeys kind, AbstractResponse response) {
        Flight flight = session.flight(kind);
        session.land(flight);
        flight.answer(response, session.wire.now());
    }

    private static AbstractResponse coordinator(short code, String[] words) {
        int node = (int) number(words, 2, 0);
        return new FindCoordinatorResponse(new FindCoordinatorResponseData().setCoordinators(List.of(
                new Coordinator().setErrorCode(code).setNodeId(node)
                        .setHost(Wire.node(node).host()).setPort(Wire.node(node).port()))));
    }

    private static AbstractResponse added(String[] words) {
        AddPartitionsToTxnTopicResult topic = new AddPartitionsToTxnTopicResult().setName(Session.TOPIC);
        codes(words).forEach((p, errors) -> topic.resultsByPartition().add(
                new AddPartitionsToTxnPartitionResult()
                        .setPartitionIndex(p).setPartitionErrorCode(errors.code())));
        AddPartitionsToTxnResponseData data = new AddPartitionsToTxnResponseData();
        data.resultsByTopicV3AndBelow().add(topic);
        return new AddPartitionsToTxnResponse(data);
    }

    private static Map<Integer, Errors> codes(String[] words) {
        Map<Integer, Errors> all = new HashMap<>();
        for (int i = 1; i < words.length; i++) {
            String[] pair = words[i].split(":");
            all.put(Integer.parseInt(pair[0]), Errors.forCode(Short.parseShort(pair[1])));
        }
        return all;
    }
}
