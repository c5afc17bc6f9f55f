package io.holdfast.server.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessorLoadTest {

    private final AtomicLong nanos = new AtomicLong();
    private Path stat;
    private ProcessorLoad load;

    @BeforeEach
    void open(@TempDir Path directory) {
        stat = directory.resolve("stat");
        load = new ProcessorLoad(stat, nanos::get);
    }

    @Test
    void isWhatWasNeitherIdleNorWaitingForADiskWithinTheLastMinute() throws Exception {
        counted("0 0 0 0 0 0 0 0 0 0");
        assertThat(load.busyPercent()).as("one look says nothing").isEmpty();
        pass(10);
        // user and nice have the time of guests in them, which follows once more: 300 + 100 of 1,000 were neither.
        counted("200 50 50 500 100 40 30 30 200 50");
        assertThat(load.busyPercent()).hasValue(40);
        pass(55);
        counted("200 50 50 6000 100 40 30 30 200 50");
        assertThat(load.busyPercent()).as("the first look is over a minute ago").hasValue(0);
    }

    @Test
    void looksOnceASecondHoweverOftenItIsAsked() throws Exception {
        counted("0 0 0 0 0 0 0 0 0 0");
        assertThat(load.busyPercent()).isEmpty();
        pass(6);
        counted("100 0 0 100 0 0 0 0 0 0");
        assertThat(load.busyPercent()).hasValue(50);
        nanos.addAndGet(Duration.ofMillis(900).toNanos());
        counted("900 0 0 100 0 0 0 0 0 0");
        assertThat(load.busyPercent()).hasValue(50);
        pass(1);
        assertThat(load.busyPercent()).hasValue(90);
    }

    @Test
    void whatCannotBeReadIsNotKnownAndWhatWasBeforeIsForgotten() throws Exception {
        assertThat(load.busyPercent()).as("no file").isEmpty();
        counted("0 0 0 0 0 0 0 0 0 0");
        pass(1);
        assertThat(load.busyPercent()).isEmpty();
        for (String wrong : new String[] {"", "cpu 1 2 3\n", "cpu a b c d e f\n", "cpu0 1 2 3 4 5 6 7 8\n"}) {
            pass(10);
            counted("100 0 0 100 0 0 0 0 0 0");
            pass(10);
            counted("200 0 0 200 0 0 0 0 0 0");
            Files.writeString(stat, wrong);
            pass(10);
            assertThat(load.busyPercent()).as(wrong).isEmpty();
        }
        counted("0 0 0 0 0 0 0 0 0 0");
        pass(10);
        assertThat(load.busyPercent()).as("one look says nothing").isEmpty();
    }

    @Test
    void thisMachineCanBeMeasured() throws Exception {
        ProcessorLoad here = new ProcessorLoad(Path.of("/proc/stat"), nanos::get);
        assertThat(here.busyPercent()).isEmpty();
        pass(10);
        // Until the kernel has counted a tick, nothing was counted.
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            pass(1);
            assertThat(here.busyPercent()).isPresent();
        });
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private void counted(String numbers) throws IOException {
        Files.writeString(stat, "cpu  " + numbers + "\ncpu0 " + numbers + "\nintr 5\n");
    }
}
