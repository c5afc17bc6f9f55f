package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Signal;
import io.holdfast.membership.health.HealthRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Agents that stop saying how their hosts are, and a controller that does not read it: what is held, and what people see. */
class AgentWordsTest {

    private static final long VALID = AgentHealth.VALID.toMillis();

    private final World world = new World(MembershipSettings.defaults());

    AgentWordsTest() {
        for (String host : List.of("h1", "h2", "h3")) {
            world.act("boot", List.of(host, host + "a"));
        }
        world.runUntil(20_000);
        say("h1", "libvirt=good");
        say("h2", "libvirt=good");
        say("h3", "libvirt=good");
    }

    @Test
    void aWordThatIsNotSaidAgainIsUnknownAndPeopleAreToldOfItsHost() {
        world.act("hush", List.of("h1"));
        world.runUntil(20_000 + VALID - 1000);
        assertThat(row("h1")).isEqualTo("well");
        assertThat(reading("h1")).isEqualTo("libvirt good");

        world.runUntil(20_000 + VALID + 1000);
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.DEGRADED);
        assertThat(row("h1")).isEqualTo("health-stale");
        assertThat(reading("h1"))
                .isEqualTo("libvirt unknown: its agent has not said so again for 16 s; before that good");
        assertThat(evidence("h1").age(world.now().nanos())).isEqualTo(Duration.ofMillis(VALID + 1000));
        MembershipEvent.Degraded told = (MembershipEvent.Degraded) world.events.getLast();
        assertThat(told.takesNew()).as("placing goes on").isTrue();
        assertThat(row("h2")).isEqualTo("well");

        world.act("speak", List.of("h1"));
        world.runUntil(world.millis() + 1000);
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.ALIVE);
        assertThat(reading("h1")).isEqualTo("libvirt good");
    }

    @Test
    void whatWasBadIsUnknownTooWhenItIsNotSaidAgain() {
        say("h1", "libvirt=bad");
        assertThat(row("h1")).isEqualTo("libvirt-bad");
        world.act("hush", List.of("h1"));
        world.runUntil(20_000 + VALID + 1000);
        assertThat(row("h1")).isEqualTo("health-stale");
        assertThat(reading("h1")).endsWith("; before that bad");
    }

    @Test
    void anAgentThatSaysThatItKnowsNothingIsTold() {
        say("h1", "libvirt=unknown storage=unknown");
        assertThat(row("h1")).isEqualTo("health-stale");
        say("h1", "libvirt=unknown storage=good");
        assertThat(row("h1"))
                .as("one thing alone that is unknown is no more than that")
                .isEqualTo("well");
    }

    @Test
    void whatThisControllerDoesNotReadIsNoAgentsFaultAndNobodyIsWellForIt() {
        say("h1", "libvirt=bad");
        int told = world.events.size();
        world.act("unread", List.of());
        world.runUntil(20_000 + 4 * VALID);
        assertThat(world.events).hasSize(told);
        assertThat(reading("h2"))
                .isEqualTo("libvirt unknown: this controller has read no agent's word for 60 s; before that good");
        assertThat(world.status("h1").health()).as("not cleared unread").isEqualTo(HostHealth.DEGRADED);
        assertThat(row("h1")).isEqualTo("libvirt-bad");

        world.act("read", List.of());
        world.runUntil(world.millis() + 1000);
        assertThat(world.events).hasSize(told);
        say("h1", "libvirt=good");
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.ALIVE);
    }

    @Test
    void whenMostAgentsFallSilentTogetherNoneIsBlamedAndNobodyIsWellForIt() {
        say("h1", "libvirt=bad");
        int told = world.events.size();
        world.act("hush", List.of("h1"));
        world.act("hush", List.of("h2"));
        world.act("hush", List.of("h3"));
        world.runUntil(20_000 + 4 * VALID);
        assertThat(world.events).hasSize(told);
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.DEGRADED);
        assertThat(reading("h2"))
                .isEqualTo("libvirt unknown: it and most other agents have not been heard for 60 s; before that good");
        world.act("speak", List.of("h2"));
        world.act("speak", List.of("h3"));
        world.runUntil(world.millis() + 2000);
        assertThat(row("h1")).as("alone now").isEqualTo("health-stale");
    }

    @Test
    void afterADisturbanceOfOurOwnAnAgentHasTheWholeTimeAnew() {
        world.act("hush", List.of("h1"));
        world.runUntil(30_000);
        world.act("coordination", List.of("lost"));
        world.runUntil(40_000);
        world.act("coordination", List.of("restored"));
        long trustedAt = 40_000 + world.settings.settleTime().toMillis();
        world.runUntil(trustedAt + VALID - 1000);
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.ALIVE);
        world.runUntil(trustedAt + VALID + 1000);
        assertThat(row("h1")).isEqualTo("health-stale");
    }

    @Test
    void whoHasItsLeaseBackHasTheWholeTimeAnew() {
        world.act("hush", List.of("h1"));
        world.runUntil(30_000);
        world.act("lease", List.of("h1", "gone"));
        world.runUntil(50_000);
        world.act("lease", List.of("h1", "h1a"));
        world.runUntil(50_000 + VALID - 1000);
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.ALIVE);
        world.runUntil(50_000 + VALID + 1000);
        assertThat(row("h1")).isEqualTo("health-stale");
    }

    @Test
    void aHostWhoseAgentIsSilentAndThatDiesIsSuspectedAndCondemnedLikeAnyOther() {
        world.act("hush", List.of("h1"));
        world.runUntil(40_000);
        assertThat(row("h1")).isEqualTo("health-stale");
        world.act("power", List.of("h1", "OFF"));
        world.act("probe", List.of("h1", "SILENT"));
        world.act("group", List.of("h1", "out"));
        world.act("lease", List.of("h1", "gone"));
        world.runUntil(42_000);
        assertThat(world.events).anyMatch(MembershipEvent.Suspected.class::isInstance);
        assertThat(world.status("h1").health()).isEqualTo(HostHealth.LOST);
    }

    private void say(String host, String words) {
        List<String> arguments = new ArrayList<>(List.of(host));
        arguments.addAll(List.of(words.split(" ")));
        world.act("says", arguments);
    }

    private Evidence evidence(String host) {
        return world.status(host).evidence().stream()
                .filter(one -> one.signal() == Signal.HEALTH)
                .findFirst()
                .orElseThrow();
    }

    private String reading(String host) {
        return evidence(host).reading();
    }

    private String row(String host) {
        HostStatus status = world.status(host);
        HealthRow row = status.row();
        return row == null ? "" : row.name();
    }
}
