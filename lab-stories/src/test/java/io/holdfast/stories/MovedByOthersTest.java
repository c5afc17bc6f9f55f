package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Guests that something else moves between living hosts, as a hypervisor's cluster does: the books follow, or nothing is harmed. */
@Tag("lab")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class MovedByOthersTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final LabCluster cluster;

    MovedByOthersTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    private void migrateByHand(Guest guest, HostId from, HostId to) throws Exception {
        Process virsh = cluster.lab()
                .inHost(
                        from,
                        List.of(
                                "virsh",
                                "-c",
                                "qemu:///system",
                                "migrate",
                                "--live",
                                "--p2p",
                                // libvirt does not know that the lab's directory is shared.
                                "--unsafe",
                                "holdfast-" + guest.id(),
                                "qemu+tcp://" + to + "/system"))
                .redirectErrorStream(true)
                .start();
        String said = new String(virsh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(virsh.waitFor()).as(said).isZero();
    }

    @Test
    void aGuestThatWasMigratedByHandIsFollowedAndNeverBoots() throws Exception {
        Guest guest = cluster.automatic(H1, "web-1").getFirst();
        assertThat(cluster.holdfast("notify", "moved", guest.id().toString(), "--to", "h2")
                        .exitCode())
                .as("it has not moved yet")
                .isEqualTo(6);
        cluster.stillBeats(List.of(guest));

        migrateByHand(guest, H1, H2);
        LabCluster.eventually(
                "it runs on h2", LIMIT, () -> assertThat(cluster.guestsOn(H2)).contains(guest.id()));
        LabCluster.Told told = cluster.holdfast("notify", "moved", "holdfast-" + guest.id(), "--to", "h2");
        assertThat(told.exitCode()).as(told.text()).isZero();

        LabCluster.eventually("the books follow", LIMIT, () -> {
            assertThat(cluster.home(guest)).isEqualTo(H2.value());
            assertThat(cluster.status(guest)).isEqualTo("ACTIVE");
            assertThat(cluster.moves(guest))
                    .singleElement()
                    .satisfies(move -> assertThat(move.path("state").asText()).isEqualTo("MOVED"));
        });
        assertThat(cluster.guestsOn(H1)).doesNotContain(guest.id());
        cluster.stillBeats(List.of(guest));
        cluster.intact(List.of(guest));
        assertThat(cluster.boots(guest)).as("it ran on all the while").isEqualTo(1);
        LabCluster.eventually(
                "its owner is told",
                LIMIT,
                () -> assertThat(cluster.told(guest))
                        .contains("instance.moved: from h1 to h2, moved by others, as admin (api) says"));

        // It is a guest like any other: what the API asks for reaches it at its new home.
        assertThat(cluster.holdfast("server", "reboot", guest.id().toString(), "--hard")
                        .exitCode())
                .isZero();
        LabCluster.eventually(
                "it has booted on h2",
                LIMIT,
                () -> assertThat(cluster.boots(guest)).isEqualTo(2));
        assertThat(cluster.guestsOn(H2)).contains(guest.id());
    }

    @Tag("chaos")
    @Test
    void oneWhoseMoveNobodyReportsIsEndedThereAndStartedNowhereUntilSomebodySaysSo() throws Exception {
        Guest guest = cluster.automatic(H1, "web-1").getFirst();
        migrateByHand(guest, H1, H2);
        LabCluster.eventually(
                "its owner sees that something is wrong",
                LIMIT,
                () -> assertThat(cluster.status(guest)).isEqualTo("ERROR"));
        LabCluster.eventually(
                "it is ended as a stranger",
                LIMIT.multipliedBy(3),
                () -> assertThat(cluster.guestsOn(H2)).doesNotContain(guest.id()));
        LabCluster.always("it is started nowhere", Duration.ofSeconds(5), () -> {
            assertThat(cluster.guestsOn(H1)).doesNotContain(guest.id());
            assertThat(cluster.guestsOn(H2)).doesNotContain(guest.id());
        });
        assertThat(cluster.holdfast("server", "reboot", guest.id().toString(), "--hard")
                        .exitCode())
                .isZero();
        LabCluster.eventually(
                "it is back at its home",
                LIMIT,
                () -> assertThat(cluster.guestsOn(H1)).contains(guest.id()));
        cluster.intact(List.of(guest));
    }
}
