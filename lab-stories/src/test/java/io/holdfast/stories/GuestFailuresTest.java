package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.guest.Guests;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Real Linux guests that fail, each in its own way, while their host is well. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 360, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class GuestFailuresTest {

    /** A kernel boots in some ten seconds without KVM, and in several times that when others boot beside it. */
    private static final Duration LIMIT = Duration.ofSeconds(150);

    private static final Path CACHE = Path.of("..", "lab", "target", "guests");

    private final LabCluster cluster;

    GuestFailuresTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /** Before the lab is up: a package mirror may have an address that the lab makes unreachable. */
    @BeforeAll
    static void aKernel() {
        Guests.in(CACHE).linuxBoot();
    }

    @BeforeEach
    void aFlavor() throws IOException {
        Guests.LinuxBoot boot = Guests.in(CACHE).linuxBoot();
        Path images = cluster.lab().sharedDirectory().resolve("images");
        Guests.in(CACHE).linuxDisk(images.resolve("linux.img"));
        for (Path file : List.of(boot.kernel(), boot.initrd())) {
            Files.copy(file, images.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
        if (cluster.api().send("GET", "/v2.1/flavors/linux", null).status() == 404) {
            cluster.api()
                    .post(
                            "/v2.1/flavors",
                            Map.of(
                                    "flavor",
                                    Map.of("name", "linux", "id", "linux", "vcpus", 1, "ram", 128, "disk", 0)));
        }
    }

    /** @param properties of its image */
    private Guest linux(String name, String commandLine, Map<String, String> properties, Map<String, String> metadata) {
        String image = cluster.api()
                .post(
                        "/ha/v1/images",
                        Map.of(
                                "name", name,
                                "file", "linux.img",
                                "format", "raw",
                                "kernelFile", "vmlinuz",
                                "ramdiskFile", "initrd",
                                "commandLine", Guests.LinuxBoot.COMMAND_LINE + " " + commandLine,
                                "properties", properties))
                .at("/image/id")
                .asText();
        String id = cluster.api()
                .post(
                        "/v2.1/servers",
                        Map.of(
                                "server",
                                Map.of(
                                        "name",
                                        name,
                                        "flavorRef",
                                        "linux",
                                        "imageRef",
                                        image,
                                        "host",
                                        H1.value(),
                                        "metadata",
                                        metadata,
                                        "networks",
                                        "none")))
                .at("/server/id")
                .asText();
        return new Guest(InstanceId.parse(id), name);
    }

    private void awaitTold(Guest guest, String... types) {
        LabCluster.eventually(
                guest + " has told " + List.of(types),
                LIMIT,
                () -> assertThat(toldTypes(guest)).containsSubsequence(types));
    }

    private List<String> toldTypes(Guest guest) {
        return cluster.told(guest).stream()
                .map(told -> told.substring(0, told.indexOf(": ")))
                .toList();
    }

    private void awaitStatus(Guest guest, String status) {
        LabCluster.eventually(
                guest + " is " + status,
                LIMIT,
                () -> assertThat(cluster.status(guest)).isEqualTo(status));
    }

    @Test
    void aGuestThatPanicsAgainAndAgainIsRestartedUntilAHumanIsAskedAndOneThatEndsOnceIsAnsweredByItsOwnersWords()
            throws Exception {
        Guest panics = linux("panics", "panicat=12", Map.of(), Map.of());
        Guest told = linux("told", "panicat=12", Map.of(), Map.of("holdfast:on-guest-panic", "notify"));
        Guest killed = linux("killed", "", Map.of(), Map.of());
        Guest off = linux("off", "offat=12", Map.of(), Map.of());

        awaitTold(panics, "instance.guest-panicked", "instance.guest-recovered", "instance.guest-panicked");
        awaitTold(told, "instance.guest-panicked");
        awaitTold(off, "instance.guest-stopped");
        LabCluster.eventually(
                "killed beats", LIMIT, () -> assertThat(cluster.boots(killed)).isEqualTo(1));
        awaitStatus(killed, "ACTIVE");
        Processes.guest(cluster.lab(), H1, killed.id()).kill();
        awaitTold(killed, "instance.guest-lost", "instance.guest-recovered");
        LabCluster.eventually(
                "killed beats again",
                LIMIT,
                () -> assertThat(cluster.boots(killed)).isEqualTo(2));

        awaitTold(panics, "instance.needs-operator");
        awaitStatus(panics, "ERROR");
        // Left as they are: their owners were told.
        awaitStatus(told, "ERROR");
        assertThat(cluster.boots(told)).isEqualTo(1);
        assertThat(toldTypes(told))
                .containsOnlyOnce("instance.guest-panicked")
                .doesNotContain("instance.needs-operator");
        awaitStatus(off, "SHUTOFF");
        assertThat(cluster.boots(off)).isEqualTo(1);
        cluster.intact(List.of(panics, told, killed, off));
    }

    @Test
    void aWatchdogThatBitesDoesWhatItsImageSaysAndItsOwnerIsTold() {
        Guest notifies = linux("notifies", "biteat=12", Map.of("hw_watchdog_action", "notify"), Map.of());
        Guest resets = linux("resets", "biteat=12", Map.of("hw_watchdog_action", "reset"), Map.of());
        Guest offs = linux("offs", "biteat=12", Map.of("hw_watchdog_action", "poweroff"), Map.of());

        awaitTold(notifies, "instance.guest-watchdog");
        awaitTold(resets, "instance.guest-watchdog");
        awaitTold(offs, "instance.guest-watchdog");
        LabCluster.eventually(
                "resets boots again",
                LIMIT,
                () -> assertThat(cluster.boots(resets)).isGreaterThan(1));
        awaitStatus(offs, "SHUTOFF");
        assertThat(cluster.boots(offs)).isEqualTo(1);
        assertThat(toldTypes(offs)).doesNotContain("instance.guest-stopped", "instance.guest-lost");
        // Nothing but the notice.
        cluster.stillBeats(List.of(notifies));
        assertThat(cluster.boots(notifies)).isEqualTo(1);
    }

    @Test
    void aGuestThatAskedToBeWatchedIsMissedAndOneThatSaidGoodbyeIsNot() {
        Guest leaves = linux("leaves", "byeat=60", Map.of(), Map.of("holdfast:on-guest-silent", "automatic"));
        Guest mutes = linux("mutes", "muteat=60", Map.of(), Map.of("holdfast:on-guest-silent", "automatic"));
        Guest sickens = linux("sickens", "sickat=60", Map.of(), Map.of());

        awaitTold(mutes, "instance.guest-silent", "instance.guest-recovered");
        LabCluster.eventually(
                "mutes boots again",
                LIMIT,
                () -> assertThat(cluster.boots(mutes)).isGreaterThan(1));
        awaitTold(sickens, "instance.guest-unhealthy");
        cluster.stillBeats(List.of(leaves, sickens));
        assertThat(toldTypes(leaves)).noneMatch(type -> type.startsWith("instance.guest-"));
        assertThat(cluster.boots(leaves)).isEqualTo(1);
        assertThat(cluster.boots(sickens)).isEqualTo(1);
    }
}
