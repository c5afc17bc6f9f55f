package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.model.InstanceId;
import java.io.IOException;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void aConfigDriveThatIsMissingIsNoReasonToBeginWithoutIt() throws Exception {
        GuestSpec with = with("disk.qcow2", "config.iso");
        assertThatThrownBy(() -> disks.configDrive(VM, with))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("is missing; a hard reboot has it written again");
        write("config.iso");
        assertThat(disks.configDrive(VM, with)).isEqualTo(home.resolve("config.iso"));
        assertThat(disks.configDrive(VM, spec("disk.qcow2", null))).isNull();
        assertThatThrownBy(() -> disks.configDrive(VM, with("disk.qcow2", "../../images/boot.raw")))
                .isInstanceOf(DriverException.class);
        Files.createDirectories(home.resolve("config-1.iso"));
        assertThatThrownBy(() -> disks.configDrive(VM, with("disk-1.qcow2", "config-1.iso")))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("is not a file");
    }

    @Test
    void theDrivesOfOlderDisksGoWithThemAndAllGoWithTheInstance() throws Exception {
        write("disk.qcow2", "config.iso", "config-1.iso", "config-2.iso", "config.txt");
        write(".config-2.iso.11112222-3333-4444-8000-000000000001.part");
        disks.ready(VM, with("disk-1.qcow2", "config-1.iso"));
        assertThat(files())
                .containsExactly(
                        ".config-2.iso.11112222-3333-4444-8000-000000000001.part",
                        "config-1.iso",
                        "config-2.iso",
                        "config.txt",
                        "disk-1.qcow2");
        Files.delete(home.resolve("config.txt"));
        disks.delete(VM, with("disk-1.qcow2", "config-1.iso"));
        assertThat(home).doesNotExist();
    }

    private static GuestSpec with(String disk, String drive) {
        GuestSpec bare = spec(disk, null);
        return new GuestSpec(
                bare.name(),
                bare.vcpus(),
                bare.memoryMib(),
                bare.disk(),
                bare.image(),
                bare.imageFormat(),
                bare.diskGib(),
                null,
                null,
                null,
                List.of(),
                null,
                bare.terms(),
                "instances/" + VM + "/" + drive);
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
    void thatThereIsNoMemoryIsSaidOnlyWhereTheStorageIsSeen() throws Exception {
        Path memory = home.resolve("memory.save");
        assertThat(disks.look(VM, memory)).isEqualTo(new GuestDisks.Kept(false, false));
        write("memory.save", ".memory.save.part");
        assertThat(disks.look(VM, memory)).isEqualTo(new GuestDisks.Kept(true, true));
        // An instance that has no directory yet.
        Path first = storage.resolve("instances/other/memory.save");
        assertThat(disks.look(VM, first)).isEqualTo(new GuestDisks.Kept(false, false));
        // Nothing is mounted.
        Files.delete(storage.resolve("images/boot.raw"));
        Files.delete(storage.resolve("images"));
        assertNotSeen(first);
        Files.createDirectory(storage.resolve("images"));
        // Something is there, and nobody could say what.
        Files.delete(memory);
        Files.createDirectory(memory);
        assertNotSeen(memory);
        assertNotSeen(storage.resolve("instances/" + VM + "/.memory.save.part/memory.save"));
    }

    private void assertNotSeen(Path memory) {
        assertThatThrownBy(() -> disks.look(VM, memory))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("cannot be seen");
    }

    @ParameterizedTest
    @CsvSource({"LibvirtQemudSave and pages, true", "LibvirtQemudPart and pages, false", "Libvirt, false"})
    void aMemoryThatWasWrittenToItsEndGetsItsNameAndAnyOtherGoes(String written, boolean whole) throws Exception {
        Path memory = home.resolve("memory.save");
        Files.writeString(GuestDisks.unfinished(memory), written);
        assertThat(GuestDisks.settle(memory)).isEqualTo(whole);
        assertThat(files()).isEqualTo(whole ? List.of("memory.save") : List.of());
        Files.createDirectory(GuestDisks.unfinished(memory));
        assertThatThrownBy(() -> GuestDisks.settle(memory)).isInstanceOf(IOException.class);
    }

    @Test
    void aMemoryIsForgottenForGoodOrNotAtAll() throws Exception {
        write("memory.save", ".memory.save.part", "memory-1.save");
        Path memory = home.resolve("memory.save");
        GuestDisks.forget(memory);
        assertThat(files()).containsExactly("memory-1.save");
        // The deletion is forced, also when another has made it: what cannot be forced may come back.
        GuestDisks.forget(memory);
        assertThatThrownBy(() -> GuestDisks.forget(storage.resolve("instances/nowhere/memory.save")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void nothingIsLeftOfWhatIsDeleted() throws Exception {
        write("disk.qcow2", "disk-1.qcow2", "memory-1.save", ".disk-1.qcow2.x.part");
        disks.delete(VM, spec("disk-1.qcow2", "memory-1.save"));
        assertThat(home).doesNotExist();
    }
}
