package org.apache.kafka.clients.producer.internals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.ClientRequest;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.clients.LeastLoadedNode;
import org.apache.kafka.clients.RequestCompletionHandler;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.requests.AbstractRequest;

/** A network that carries nothing: it keeps what is sent until the driver says what became of it. */
final class Wire implements KafkaClient {
    private final StillClock clock;
    private final Set<Integer> down = new HashSet<>();
    private final List<Flight> flights = new ArrayList<>();
    private final List<Flight> fresh = new ArrayList<>();
    private int correlation;

    Wire(StillClock clock) {
        this.clock = clock;
    }

    static Node node(int id) {
        return new Node(id, "node" + id, 9092);
    }

    void turn(int node, boolean up) {
        if (up) {
            down.remove(node);
        } else {
            down.add(node);
        }
    }

    /** What was sent since the last question. */
    List<Flight> fresh() {
        List<Flight> sent = List.copyOf(fresh);
        fresh.clear();
        return sent;
    }

    List<Flight> flights() {
        return flights;
    }

    private boolean isUp(Node node) {
        return !down.contains(node.id());
    }

    @Override
    public boolean isReady(Node node, long now) {
        return isUp(node);
    }

    @Override
    public boolean ready(Node node, long now) {
        return isUp(node);
    }

    @Override
    public long connectionDelay(Node node, long now) {
        return isUp(node) ? 0 : 1;
    }

    @Override
    public long pollDelayMs(Node node, long now) {
        return connectionDelay(node, now);
    }

    @Override
    public boolean connectionFailed(Node node) {
        return !isUp(node);
    }

    @Override
    public AuthenticationException authenticationException(Node node) {
        return null;
    }

    @Override
    public void send(ClientRequest request, long now) {
        Flight flight = new Flight(request);
        flights.add(flight);
        fresh.add(flight);
    }

    @Override
    public List<ClientResponse> poll(long timeout, long now) {
        return List.of();
    }

    @Override
    public void disconnect(String node) {
    }

    @Override
    public void close(String node) {
    }

    @Override
    public LeastLoadedNode leastLoadedNode(long now) {
        return new LeastLoadedNode(isUp(node(0)) ? node(0) : null, isUp(node(0)));
    }

    @Override
    public int inFlightRequestCount() {
        return flights.size();
    }

    @Override
    public boolean hasInFlightRequests() {
        return !flights.isEmpty();
    }

    @Override
    public int inFlightRequestCount(String node) {
        return flights.size();
    }

    @Override
    public boolean hasInFlightRequests(String node) {
        return !flights.isEmpty();
    }

    @Override
    public boolean hasReadyNodes(long now) {
        return true;
    }

    @Override
    public void wakeup() {
    }

    @Override
    public ClientRequest newClientRequest(
            String node, AbstractRequest.Builder<?> builder, long created, boolean expectResponse) {
        return newClientRequest(node, builder, created, expectResponse, 30_000, null);
    }

    @Override
    public ClientRequest newClientRequest(
            String node,
            AbstractRequest.Builder<?> builder,
            long created,
            boolean expectResponse,
            int timeout,
            RequestCompletionHandler callback) {
        correlation += 1;
        return new ClientRequest(
                node, builder, correlation, "reference", created, expectResponse, timeout, callback);
    }

    @Override
    public void initiateClose() {
    }

    @Override
    public boolean active() {
        return true;
    }

    @Override
    public void close() {
    }

    long now() {
        return clock.milliseconds();
    }
}
