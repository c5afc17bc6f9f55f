package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.model.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agent says of its host's cells, of libvirt's own test driver and of a libvirt that is not there. */
class HostCellsTest {

    private static final String THERE = "test:///default";

    private Path state;
    private Path nowhere;

    @BeforeEach
    void directories(@TempDir Path directory) throws IOException {
        state = Files.createDirectory(directory.resolve("state"));
        nowhere = directory.resolve("nothing.sock");
    }

    @Test
    void libvirtIsAskedAndItsWordKept() throws IOException {
        HostTopology topology = HostCells.read(settings(THERE, "1"), state);
        assertThat(topology.cells()).isNotEmpty();
        assertThat(topology.cells().getFirst().dedicated()).containsExactly(1);
        assertThat(HostCells.read(settings(away(), "1"), state)).isEqualTo(topology);
        assertThat(HostCells.read(settings(away(), ""), state).floating()).isNull();
    }

    @Test
    void whatWasKeptGivesWayToWhatIs() throws IOException {
        Path kept = state.resolve("capabilities.xml");
        Files.writeString(kept, "<capabilities/>");
        assertThat(HostCells.read(settings(away(), ""), state)).isEqualTo(HostTopology.NONE);
        assertThat(HostCells.read(settings(THERE, ""), state).cells()).isNotEmpty();
        assertThat(HostCells.read(settings(away(), ""), state).cells()).isNotEmpty();
    }

    @Test
    void aLibvirtThatIsAwayKeepsOnlyAHostWithDedicatedProcessorsFromComing() throws IOException {
        assertThat(HostCells.read(settings(away(), ""), state)).isEqualTo(HostTopology.NONE);
        assertThatThrownBy(() -> HostCells.read(settings(away(), "1-2"), state))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "agent.cpu-dedicated-set is 1-2, and whether this host has those processors cannot be asked: ");
    }

    @Test
    void aProcessorThatIsNotThereIsTold() {
        assertThatThrownBy(() -> HostCells.read(settings(THERE, "8000"), state))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("agent.cpu-dedicated-set names processors 8000, this host has ");
    }

    private String away() {
        return "qemu+unix:///system?socket=" + nowhere;
    }

    private static AgentSettings settings(String uri, String dedicated) {
        return AgentFixtures.with(AgentFixtures.settings(Path.of("/srv/shared"), uri), "cpuDedicatedSet", dedicated);
    }
}
