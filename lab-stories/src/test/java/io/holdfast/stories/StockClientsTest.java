package io.holdfast.stories;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The steps of OpenStack's stock clients that the server's tests take on hosts in memory, on real ones. */
@Tag("lab")
@Timeout(600)
@ExtendWith(OnTheLab.class)
final class StockClientsTest {

    private static final Path CLIENTS =
            Path.of("../server/src/test/clients").toAbsolutePath().normalize();
    private static final Duration LIMIT = Duration.ofSeconds(500);

    @TempDir
    Path directory;

    private final LabCluster cluster;

    StockClientsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void everyStepGoesAsItShouldOnRealHosts() throws Exception {
        Files.writeString(
                directory.resolve("key.pub"),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann\n");
        Files.writeString(directory.resolve("user-data"), "#cloud-config\n{}\n");
        LabCluster.Told openrc = cluster.holdfast(
                "openrc", "--password-file", cluster.firstPassword().toString());
        assertThat(openrc.exitCode()).as(openrc.text()).isZero();
        Files.writeString(directory.resolve("openrc"), openrc.text(), StandardCharsets.UTF_8);
        List<String> steps = new ArrayList<>();
        try (Stream<Path> files = Files.list(CLIENTS)) {
            files.filter(file -> file.toString().endsWith(".steps"))
                    .sorted()
                    .forEach(file -> steps.add(file.toString()));
        }
        assertThat(steps).isNotEmpty();
        // The guests know nothing of ACPI: each soft reboot and each stop waits out its grace.
        String line = "qemu-img create -q -f qcow2 disk.qcow2 1M && . ./openrc && export HOME=$PWD && exec "
                + CLIENTS.resolve("run") + " --patience 120 " + String.join(" ", steps);
        LabCluster.Told told = cluster.told(directory, LIMIT, List.of("bash", "-c", line));
        assertThat(told.exitCode()).as(told.text()).isZero();
    }
}
