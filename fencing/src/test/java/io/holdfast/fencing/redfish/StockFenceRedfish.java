package io.holdfast.fencing.redfish;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A client of Redfish that we have not written: Debian's {@code fence_redfish}, against the front of a {@link Bench}'s certificate.
 *
 * @param scratch a directory of the test's own
 */
record StockFenceRedfish(Path scratch) {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    record Said(int code, String lastLine) {}

    /** By its protocol: parameters on standard input, so that no secret is among the arguments. */
    Said run(int port, String action, String password) throws IOException, InterruptedException {
        Path log = scratch.resolve("fence_redfish.log");
        ProcessBuilder builder = new ProcessBuilder("/usr/sbin/fence_redfish")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .put("REQUESTS_CA_BUNDLE", Bench.certificate().pem(scratch).toString());
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write("""
                    action=%s
                    ip=127.0.0.1
                    ipport=%d
                    username=%s
                    password=%s
                    ssl_secure=1
                    power_timeout=3
                    """.formatted(action, port, Bench.USER, password).getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("fence_redfish " + action + " does not end");
        }
        String last =
                Files.readAllLines(log).stream().filter(line -> !line.isBlank()).reduce("", (_, line) -> line);
        return new Said(process.exitValue(), last.strip());
    }
}
