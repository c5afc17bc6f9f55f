package io.holdfast.compute.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.HostIntroduction;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFactsTest {

    @TempDir
    Path directory;

    @Test
    void ninetyPercentOfTheMemoryIsOffered() throws IOException {
        Path meminfo = directory.resolve("meminfo");
        Files.writeString(meminfo, "MemFree: 5 kB\nMemTotal:       24683236 kB\nMemAvailable: 1 kB\n");
        assertThat(HostFacts.measuredMemoryMib(meminfo)).isEqualTo(21693);
        Files.writeString(meminfo, "MemFree: 5 kB\n");
        assertThatThrownBy(() -> HostFacts.measuredMemoryMib(meminfo))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("set agent.memory-mib");
    }

    @Test
    void whatTheSettingsSayCountsAndTheRestIsMeasured() throws IOException {
        assertThat(HostFacts.capacity(settings("vcpus", 3, "memoryMib", 512, "diskGib", 9)))
                .isEqualTo(new Resources(3, 512, 9));
        Resources measured = HostFacts.capacity(settings("vcpus", 0, "memoryMib", 512, "diskGib", 0));
        assertThat(measured.vcpus()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(measured.diskGib()).isNotNegative();
    }

    @Test
    void theBootIdIsTheFilesTextAndMustNotBeEmpty() throws IOException {
        Path file = directory.resolve("boot-id");
        assertThatThrownBy(() -> HostFacts.bootId(settings("bootIdFile", file)))
                .isInstanceOf(NoSuchFileException.class);
        Files.writeString(file, " \n");
        assertThatThrownBy(() -> HostFacts.bootId(settings("bootIdFile", file)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("agent.boot-id-file");
        Files.writeString(file, "boot-7\n");
        assertThat(HostFacts.bootId(settings("bootIdFile", file))).isEqualTo("boot-7");
    }

    @Test
    void aHostIsReachedAtItsNameWhenItListensEverywhere() throws IOException {
        assertThat(introduced("listenAddress", "0.0.0.0").address()).isEqualTo("h1");
        assertThat(introduced("listenAddress", "::").address()).isEqualTo("h1");
        assertThat(introduced("listenAddress", "192.0.2.7").address()).isEqualTo("192.0.2.7");
        assertThat(introduced("listenAddress", "0.0.0.0", "advertisedAddress", "h1.example.org")
                        .address())
                .isEqualTo("h1.example.org");
        assertThat(introduced("zone", "east"))
                .extracting(HostIntroduction::zone, HostIntroduction::port)
                .containsExactly("east", 4711);
    }

    private HostIntroduction introduced(Object... changes) throws IOException {
        Path file = directory.resolve("boot-id");
        Files.writeString(file, "boot-7");
        Object[] all = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("bootIdFile", file), java.util.stream.Stream.of(changes))
                .toArray();
        return HostFacts.introduction(AgentFixtures.H1, SegmentId.of("s1"), settings(all), 4711, HostTopology.NONE);
    }

    private AgentSettings settings(Object... changes) {
        return AgentFixtures.with(AgentFixtures.settings(directory, "test:///default"), changes);
    }
}
