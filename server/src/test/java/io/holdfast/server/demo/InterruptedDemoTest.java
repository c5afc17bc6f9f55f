package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo on simulated hosts as a process of its own, ended by the signal that Ctrl-C or a terminal sends. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class InterruptedDemoTest {

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"SIMULATED", "The plug of"})
    void leavesNothingBehindWhereverItIsInterrupted(String at) throws Exception {
        interrupted(at);
    }

    @Test
    void endsWithTheTableOfWhatWasPlayed() throws Exception {
        String said = interrupted("1/20 h1 ok", "--runs", "20");
        // Whether the second run was over by then is a matter of milliseconds.
        assertThat(said)
                .containsPattern("since the failure, in ms +runs +min +p50 +p90 +p99 +max +goal +over")
                .containsPattern("([12]) of \\1 runs? kept every promise; 20 were asked for\ninterrupted\n")
                .doesNotContain("FAIL");
    }

    private String interrupted(String at, String... options) throws Exception {
        Path output = temporary.resolve("output");
        Path files = Files.createDirectories(temporary.resolve("files"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + files,
                "-cp",
                System.getProperty("java.class.path"),
                "io.holdfast.server.Main",
                "demo",
                "--simulated"));
        command.addAll(List.of(options));
        Process demo = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> Files.readString(output).contains(at)
                            && !stages(files).isEmpty());
            demo.destroy();
            assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            demo.destroyForcibly();
        }
        assertThat(demo.exitValue()).as(Files.readString(output)).isEqualTo(128 + 15);
        assertThat(stages(files)).as(Files.readString(output)).isEmpty();
        return Files.readString(output);
    }

    private static List<Path> stages(Path directory) throws Exception {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(one -> one.getFileName().toString().startsWith("holdfast-simulated"))
                    .toList();
        }
    }
}
