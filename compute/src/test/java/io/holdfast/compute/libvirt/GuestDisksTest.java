package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.model.InstanceId;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files of an instance stay and which go. */
class GuestDisksTest {

    private static final InstanceId VM = AgentFixtures.instance(1);

    @TempDir
    Path storage;

    private Path home;
    private GuestDisks disks;

    @BeforeEach
    void make() throws Exception {
        Files.createDirectories(storage.resolve("images"));
        Files.write(storage.resolve("images/boot.raw"), new byte[512]);
        home = Files.createDirectories(storage.resolve("instances/" + VM));
        disks = new GuestDisks(AgentFixtures.settings(storage, "test:///default"));
    }

    private static GuestSpec spec(String disk, @Nullable String memory) {
        String place = "instances/" + VM + "/";
        return new GuestSpec(
                "vm",
                1,
                8,
                place + disk,
                "images/boot.raw",
                "raw",
                0,
                null,
                null,
                null,
                List.of(),
                memory == null ? null : place + memory);
    }

    private void write(String... names) throws Exception {
        for (String name : names) {
            Files.writeString(home.resolve(name), name);
        }
    }

    private List<String> files() throws Exception {
        try (Stream<Path> there = Files.list(home)) {
            return there.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aNewerDiskReplacesTheOlderOnesAndNeverTheOtherWayRound() throws Exception {
        write("disk.qcow2", "disk-1.qcow2", "disk-2.qcow2", "disk-10.qcow2", "notes.txt");
        disks.ready(VM, spec("disk-2.qcow2", null));
        assertThat(files()).containsExactly("disk-10.qcow2", "disk-2.qcow2", "notes.txt");
        disks.ready(VM, spec("disk-10.qcow2", null));
        assertThat(files()).containsExactly("disk-10.qcow2", "notes.txt");
    }

    @Test
    void aMemoryHasItsNameOnlyWhenItIsWhole() throws Exception {
        Path memory = Objects.requireNonNull(disks.memory(VM, spec("disk.qcow2", "memory.save")));
        assertThat(memory).isEqualTo(home.resolve("memory.save"));
        assertThatThrownBy(() -> GuestDisks.keep(memory)).isInstanceOf(NoSuchFileException.class);
        Files.writeString(GuestDisks.unfinished(memory), "memory");
        assertThat(memory).doesNotExist();
        GuestDisks.keep(memory);
        assertThat(memory).hasContent("memory");
        assertThat(GuestDisks.unfinished(memory)).doesNotExist();
        assertThat(disks.memory(VM, spec("disk.qcow2", null))).isNull();
        assertThatThrownBy(() -> disks.memory(VM, spec("disk.qcow2", "../../../etc/passwd")))
                .isInstanceOf(DriverException.class);
    }

    @Test
    void everyMemoryIsForgottenAlsoOneThatWasCutShort() throws Exception {
        write("disk.qcow2", "memory.save", "memory-3.save", ".memory-4.save.part", "memory.txt");
        disks.forget(VM, spec("disk.qcow2", null));
        assertThat(files()).containsExactly("disk.qcow2", "memory.txt");
        Files.createDirectories(home.resolve("memory.save/inside"));
        assertThatThrownBy(() -> disks.forget(VM, spec("disk.qcow2", null)))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("cannot be deleted");
    }

    @Test
    void nothingIsLeftOfWhatIsDeleted() throws Exception {
        write("disk.qcow2", "disk-1.qcow2", "memory-1.save", ".disk-1.qcow2.x.part");
        disks.delete(VM, spec("disk-1.qcow2", "memory-1.save"));
        assertThat(home).doesNotExist();
    }
}
