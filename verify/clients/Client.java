import java.io.*;
import java.lang.reflect.InvocationTargetException;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.*;

/** What Kafka's own producer makes of settings: one configuration a line, one answer a line, both URL-encoded. */
public class Client {
    static final List<String> TOLD = List.of(
            "enable.idempotence", "acks", "retries", "max.in.flight.requests.per.connection", "linger.ms",
            "request.timeout.ms", "retry.backoff.ms", "retry.backoff.max.ms", "max.block.ms", "batch.size",
            "buffer.memory", "max.request.size", "transactional.id", "transaction.timeout.ms", "client.id");

    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        // What `KafkaProducer` looks at behind the configuration, before it connects to anything.
        var delivery = KafkaProducer.class.getDeclaredMethod("configureDeliveryTimeout", ProducerConfig.class, Logger.class);
        delivery.setAccessible(true);
        for (String line; (line = in.readLine()) != null; ) {
            var answer = new TreeMap<String, String>();
            try {
                var config = new ProducerConfig(settings(line));
                for (var key : TOLD)
                    answer.put(key, String.valueOf(config.values().get(key)));
                var millis = delivery.invoke(null, config, LoggerFactory.getLogger("client"));
                answer.put("delivery.timeout.ms", String.valueOf(millis));
            } catch (ConfigException | NullPointerException refused) {
                answer = new TreeMap<>(Map.of("refused", String.valueOf(refused.getMessage())));
            } catch (InvocationTargetException refused) {
                answer = new TreeMap<>(Map.of("refused", String.valueOf(refused.getCause().getMessage())));
            }
            out.println(encoded(answer));
        }
        out.flush();
    }

    static Map<String, Object> settings(String line) {
        var settings = new LinkedHashMap<String, Object>(Map.of(
                "bootstrap.servers", "127.0.0.1:1",
                "key.serializer", "org.apache.kafka.common.serialization.StringSerializer",
                "value.serializer", "org.apache.kafka.common.serialization.StringSerializer"));
        for (var pair : line.isEmpty() ? new String[0] : line.split("&")) {
            var parts = pair.split("=", 2);
            // A key alone is null.
            settings.put(decoded(parts[0]), parts.length < 2 ? null : decoded(parts[1]));
        }
        return settings;
    }

    static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    static String encoded(Map<String, String> pairs) {
        var line = new StringJoiner("&");
        pairs.forEach((key, value) -> line.add(
                URLEncoder.encode(key, StandardCharsets.UTF_8) + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return line.toString();
    }
}
