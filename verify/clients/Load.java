import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** What java.util.Properties reads in a text: one URL-encoded text a line, and an answer in units of UTF-16. */
public class Load {
    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) {
            var read = new Properties();
            try {
                read.load(new StringReader(URLDecoder.decode(line, StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException malformed) {
                out.println("malformed");
                continue;
            }
            var answer = new StringJoiner("&");
            for (var key : new TreeSet<>(read.stringPropertyNames()))
                answer.add(encoded(key) + "=" + encoded(read.getProperty(key)));
            out.println(answer);
        }
        out.flush();
    }

    static String encoded(String text) {
        var units = new StringBuilder();
        text.chars().forEach(unit -> units.append(String.format("%04x", unit)));
        return units.toString();
    }
}
