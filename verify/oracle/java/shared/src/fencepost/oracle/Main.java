package fencepost.oracle;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** Reads a request a line, answers a line. The requests are those of ../README.md. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) throws IOException {
        File base = arguments.length > 0 ? new File(arguments[0]) : new File(System.getProperty("java.io.tmpdir"));
        File dir = Files.createTempDirectory(base.toPath(), "fencepost-oracle").toFile();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII), 1 << 16);
        OutputStream out = new BufferedOutputStream(System.out, 1 << 16);
        Session session = new Session(dir);
        try {
            StringBuilder answer = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                answer.setLength(0);
                session.answer(line, answer);
                out.write(answer.append('\n').toString().getBytes(StandardCharsets.US_ASCII));
                if (!in.ready()) {
                    out.flush();
                }
            }
            out.flush();
        } finally {
            session.end();
            Session.delete(dir);
        }
    }
}
