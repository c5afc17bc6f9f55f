package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.Vendor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The front against a client that we have not written: Debian's {@code fence_redfish}. Needs the package {@code fence-agents}, not
 * root.
 */
@Tag("lab")
class FenceRedfishTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void switchesAndReadsWhatWeSwitchAndRead(Vendor vendor) throws Exception {
        try (Bench bench = Bench.of(vendor, "1")) {
            assertThat(run(bench, "status", Bench.PASSWORD)).isEqualTo(new Said(0, "Status: ON"));
            assertThat(run(bench, "off", Bench.PASSWORD)).isEqualTo(new Said(0, "Success: Powered OFF"));
            assertThat(bench.machine().hasPower()).isFalse();
            assertThat(run(bench, "status", Bench.PASSWORD)).isEqualTo(new Said(2, "Status: OFF"));
            assertThat(run(bench, "on", Bench.PASSWORD)).isEqualTo(new Said(0, "Success: Powered ON"));
            assertThat(bench.machine().hasPower()).isTrue();

            assertThat(run(bench, "status", "wrong").code()).isEqualTo(1);
            bench.front().fault(new FrontFault.Lying());
            assertThat(run(bench, "off", Bench.PASSWORD).code()).isEqualTo(1);
            assertThat(bench.machine().hasPower()).isTrue();
        }
    }

    private record Said(int code, String lastLine) {}

    /** By its protocol: parameters on standard input, so that no secret is among the arguments. */
    private Said run(Bench bench, String action, String password) throws IOException, InterruptedException {
        Path log = directory.resolve("fence_redfish.log");
        ProcessBuilder builder = new ProcessBuilder("/usr/sbin/fence_redfish")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .put("REQUESTS_CA_BUNDLE", Bench.certificate().pem(directory).toString());
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
                    """.formatted(action, bench.front().port(), Bench.USER, password)
                    .getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("fence_redfish " + action + " does not end");
        }
        String last = java.nio.file.Files.readAllLines(log).stream()
                .filter(line -> !line.isBlank())
                .reduce("", (_, line) -> line);
        return new Said(process.exitValue(), last.strip());
    }
}
