package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.health.Reaction;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.recovery.core.Armed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What membership's last word says of a host. */
class EarlyNoticesTest {

    private static final HostId H1 = HostId.of("h1");
    private final EarlyNotices early = new EarlyNotices(new World(), facts -> {}, UUID::randomUUID);

    @Test
    void aHostWhoseAgentIsDeadIsNotSuspectedAndNotWell() {
        early.suspect(H1, Instant.EPOCH, List.of());
        early.ail(ailing("the agent is not running", false));
        assertThat(early.suspects(H1)).isFalse();
        assertThat(early.isWell(H1)).isFalse();
        early.clear(H1);
        assertThat(early.isWell(H1)).isTrue();
    }

    @Test
    void nothingIsPlacedWhereNobodyWouldHearTheOrder() {
        assertThat(early.avoids(H1)).isFalse();
        early.suspect(H1, Instant.EPOCH, List.of());
        assertThat(early.avoids(H1)).isTrue();
        early.ail(ailing("the agent is not running", false));
        assertThat(early.avoids(H1)).isTrue();
        early.ail(ailing("the agent is not in the group, and takes orders", true));
        assertThat(early.avoids(H1)).isFalse();
        early.ail(ailing("the agent is hung", false));
        early.suspect(H1, Instant.EPOCH, List.of());
        early.clear(H1);
        assertThat(early.avoids(H1)).isFalse();
        early.left(H1);
        assertThat(early.avoids(H1)).isTrue();
        early.joined(H1);
        assertThat(early.avoids(H1)).as("somebody else leads, and admits it").isFalse();
        early.admitting(H1);
        assertThat(early.avoids(H1)).as("a claim would be refused").isTrue();
        early.admitted(H1);
        assertThat(early.avoids(H1)).isFalse();
        early.admitting(H1);
        early.admitsNobody();
        assertThat(early.avoids(H1)).isFalse();
    }

    @Test
    void aCaseThatEndsDoesNotHideThatItsHostAils() {
        Fact last = lastWordOf(stage -> stage.ail(stage.h1, "the agent is not running"));
        assertThat(last.type()).isEqualTo("host.degraded");
        assertThat(last.data()).containsEntry("reason", "the agent is not running");
    }

    @Test
    void aCaseThatEndsDoesNotHideThatNobodyCanJudgeItsHost() {
        Fact last = lastWordOf(stage -> stage.hold(stage.h1, "too many hosts fell silent together"));
        assertThat(last.type()).isEqualTo("host.held");
        assertThat(last.data()).containsEntry("reason", "too many hosts fell silent together");
    }

    /** Of a host whose case ends well, when this was heard while it was recovered. */
    private static Fact lastWordOf(Consumer<VirtualStage> meanwhile) {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.power.losePower(stage.h1);
            stage.suspect(stage.h1);
            stage.loseWithPowerOff(stage.h1);
            assertThat(stage.until(() -> stage.cases.newest(stage.h1).isPresent()))
                    .isTrue();
            meanwhile.accept(stage);
            stage.pass(Duration.ofMinutes(2));

            List<Fact> ofTheHost = stage.cases.facts().stream()
                    .filter(fact -> fact.subject().equals("host/" + stage.h1))
                    .toList();
            assertThat(ofTheHost).extracting(Fact::type).contains("host.recovered");
            assertThat(ofTheHost.getLast().at())
                    .as("a moment later than what it corrects")
                    .isAfter(ofTheHost.stream()
                            .filter(fact -> fact.type().equals("host.recovered"))
                            .findFirst()
                            .orElseThrow()
                            .at());
            return ofTheHost.getLast();
        }
    }

    @Test
    void heldIsToldWithEachDoubtAndAClearedHostIsNotHeldAgainByAnOldOne() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.join(stage.h1, "boot-1");
            stage.pass(Duration.ofSeconds(5));
            stage.suspect(stage.h1);
            stage.hold(stage.h1, "too many hosts");
            stage.clear(stage.h1);
            stage.pass(Duration.ofMinutes(2));
            assertThat(told(stage)).containsExactly("host.suspected", "host.held", "host.cleared");

            stage.suspect(stage.h1);
            stage.hold(stage.h1, "too many hosts");
            stage.pass(Duration.ofMinutes(1));
            assertThat(told(stage)).endsWith("host.cleared", "host.suspected", "host.held");
        }
    }

    @Test
    void aHeldCaseTellsItOnceAndNotAgainWhenItsHostIsBack() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.join(stage.h1, "boot-1");
            stage.pass(Duration.ofSeconds(5));
            stage.call(() -> stage.engine.arm(World.SEGMENT, Armed.FREEZE, new Actor("op", "api"), "moving racks"));
            stage.suspect(stage.h1);
            stage.lose(stage.h1);
            assertThat(stage.until(() -> stage.in(stage.h1, "HELD"))).isTrue();
            stage.pass(Duration.ofMinutes(1));
            assertThat(told(stage)).filteredOn("host.held"::equals).hasSize(1);

            stage.join(stage.h1, "boot-1");
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.in(stage.h1, "PARDONED")).isTrue();
            assertThat(told(stage))
                    .containsExactly(
                            "host.suspected", "host.held", "host.needs-operator", "host.cleared", "host.returned");
        }
    }

    private static List<String> told(VirtualStage stage) {
        return stage.cases.facts().stream()
                .filter(fact -> fact.subject().equals("host/" + stage.h1))
                .map(Fact::type)
                .filter(type -> !type.equals("host.joined"))
                .toList();
    }

    @Test
    void aVerdictStandsUntilSomethingElseIsHeard() {
        early.lose(H1, Instant.EPOCH, List.of());
        assertThat(early.condemns(H1)).isTrue();
        early.suspect(H1, Instant.EPOCH, List.of());
        assertThat(early.condemns(H1)).isFalse();
        assertThat(early.suspects(H1)).isTrue();
        early.joined(H1);
        assertThat(early.isWell(H1)).isTrue();
    }

    @Test
    void aHostThatIsHeardAndAilsIsHereAndGetsNothingNewWhereItsRowSaysSo() {
        early.ail(new MembershipEvent.Degraded(
                H1, "libvirt is dead", false, true, List.of(Reaction.STOP_PLACING), List.of(), Instant.EPOCH));
        assertThat(early.avoids(H1)).isTrue();
        assertThat(early.isHeard(H1)).isTrue();
        assertThat(early.isWell(H1)).isFalse();
        early.ail(ailing("the agent is not running", false));
        assertThat(early.isHeard(H1)).isFalse();
        early.suspect(H1, Instant.EPOCH, List.of());
        assertThat(early.isHeard(H1)).isFalse();
    }

    @Test
    void whatTheHealthTableHasFollowIsToldAndWrittenDown() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.join(stage.h1, "boot-1");
            stage.pass(Duration.ofSeconds(5));
            ail(stage, Reaction.STOP_PLACING);
            stage.pass(Duration.ofSeconds(5));
            assertThat(told(stage)).as("the row does not say: tell").isEmpty();
            assertThat(stage.engine.avoids(stage.h1)).isTrue();
            ail(stage, Reaction.TELL, Reaction.DRAIN);
            stage.pass(Duration.ofSeconds(5));
            assertThat(told(stage)).containsExactly("host.degraded");
            assertThat(stage.engine.notes(stage.h1, 10))
                    .anySatisfy(note -> assertThat(note.text()).contains("should move elsewhere: a bad disk"));
            stage.suspect(stage.h1);
            stage.engine.onMembership(new MembershipEvent.Isolated(
                    stage.h1, "isolated", List.of(Reaction.TELL), List.of(), Instant.EPOCH));
            stage.pass(Duration.ofSeconds(5));
            assertThat(told(stage)).containsExactly("host.degraded", "host.suspected", "host.isolated");
            assertThat(stage.engine.avoids(stage.h1)).isTrue();
        }
    }

    private static void ail(VirtualStage stage, Reaction... reactions) {
        List<Reaction> follow = List.of(reactions);
        stage.engine.onMembership(new MembershipEvent.Degraded(
                stage.h1,
                "a bad disk",
                !follow.contains(Reaction.STOP_PLACING),
                true,
                follow,
                List.of(),
                Instant.EPOCH));
    }

    private static MembershipEvent.Degraded ailing(String reason, boolean takesNew) {
        return new MembershipEvent.Degraded(
                H1, reason, takesNew, false, List.of(Reaction.TELL), List.of(), Instant.EPOCH);
    }
}
