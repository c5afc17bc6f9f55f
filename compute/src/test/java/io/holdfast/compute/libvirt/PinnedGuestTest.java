package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.model.CellClaim;
import io.holdfast.model.CellFit;
import io.holdfast.model.Generation;
import io.holdfast.model.HostTopology;
import io.holdfast.model.InstanceId;
import io.holdfast.model.NumaWish;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of this machine's processors the last is dedicated: who has it runs there, and who floats does not, as the kernel sees them. */
@Tag("lab")
class PinnedGuestTest {

    private static final Map<String, String> DEDICATED = Map.of(NumaWish.CPU_POLICY, "dedicated");

    @Test
    void eachRunsWhereItMay(@TempDir Path directory) throws Exception {
        Path storage = directory.resolve("shared");
        Path state = directory.resolve("state");
        Files.createDirectories(storage.resolve("images"));
        Files.createDirectories(storage.resolve("instances"));
        Files.createDirectories(state);
        Files.write(storage.resolve("images/boot.raw"), new byte[1 << 20]);
        int last = Runtime.getRuntime().availableProcessors() - 1;
        PrivateLibvirtd libvirtd = new PrivateLibvirtd(directory);
        try {
            AgentSettings settings = AgentFixtures.with(
                    AgentFixtures.settings(storage, libvirtd.uri()), "cpuDedicatedSet", Integer.toString(last));
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> !HostCells.read(settings, state).cells().isEmpty());
            HostTopology topology = HostCells.read(settings, state);
            CellClaim claim = CellFit.fit(topology, NumaWish.of(DEDICATED, Map.of()), 1, 16)
                    .orElseThrow();
            InstanceId pinned = AgentFixtures.instance(1);
            InstanceId floating = AgentFixtures.instance(2);
            try (LibvirtDriver driver = new LibvirtDriver(settings, state, topology)) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> driver.trouble().isEmpty());
                driver.start(pinned, Generation.of(1), spec(pinned, claim));
                driver.start(floating, Generation.of(1), spec(floating, CellClaim.NONE));
                assertThat(libvirtd.processors(pinned)).containsExactly(Map.entry("CPU 0/TCG", Integer.toString(last)));
                assertThat(libvirtd.processors(floating)).containsExactly(Map.entry("CPU 0/TCG", topology.floating()));
            }
        } finally {
            libvirtd.close();
        }
    }

    private static GuestSpec spec(InstanceId instance, CellClaim claim) {
        return new GuestSpec(
                "vm",
                1,
                16,
                "instances/" + instance + "/disk.qcow2",
                "images/boot.raw",
                "raw",
                0,
                null,
                null,
                null,
                List.of(),
                null,
                GuestTerms.DEFAULT,
                null,
                claim);
    }
}
