package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.AdvisorySettings.Effect;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What somebody outside says of a host, and what becomes of it. */
class AdvisoriesInPlansTest {

    private static final Scheduler SCHEDULER = new Scheduler(SchedulerSettings.defaults());

    @Test
    void aHotHostIsTakenWhenNoOtherWillDo() {
        HostSnapshot hot = host("h1", 8).withOutside(said("hot"));
        assertThat(homes(List.of(hot, host("h2", 1)), request(1))).containsExactly("h2");
        assertThat(homes(List.of(hot, host("h2", 0)), request(1))).containsExactly("h1");
    }

    @Test
    void aHostWhosePowerFailsTakesNothingNewAndSaysWhy() {
        HostSnapshot failing = host("h1", 8).withOutside(said("pdu-failing"));
        Placement placement =
                SCHEDULER.place(List.of(failing), List.of(request(1))).getFirst();
        assertThat(((Placement.NoValidHost) placement).refusals().get(HostId.of("h1")))
                .containsExactly(new Placement.Refusal(
                        "advisory", "takes nothing new because of an advisory: pdu-failing, says icinga: it is so"));
    }

    @Test
    void whoHasLostItsHostGoesThereRatherThanNowhere() {
        HostSnapshot failing = host("h1", 8).withOutside(said("pdu-failing"));
        PlacementRequest lost = request(1).after(new PlacementRequest.Loss(HostId.of("h9"), 0));
        assertThat(homes(List.of(failing), lost)).containsExactly("h1");
        assertThat(homes(List.of(failing, host("h2", 1)), lost)).containsExactly("h2");
    }

    @Test
    void theWeakestOfThreeBadHostsIsLeftForLast() {
        List<HostSnapshot> all = List.of(
                host("h1", 8).withOutside(said("failing-soon")),
                host("h2", 8).withOutside(said("pdu-failing")),
                host("h3", 8).withOutside(said("hot")),
                host("h4", 1));
        PlacementRequest lost = request(1).after(new PlacementRequest.Loss(HostId.of("h9"), 0));
        assertThat(homes(all, lost)).containsExactly("h4");
        assertThat(homes(all.subList(0, 3), lost)).containsExactly("h3");
        assertThat(homes(all.subList(0, 2), lost)).containsExactly("h2");
    }

    @Test
    void aKindThatNoSettingKnowsChangesNothing() {
        assertThat(homes(List.of(host("h1", 8).withOutside(said("painted-green")), host("h2", 1)), request(1)))
                .containsExactly("h1");
    }

    @Test
    void amongEqualsThoseGoFirstWhoseHostWasToBeDrained() {
        HostSnapshot doomed = host("h8", 8).withAlive(false).withOutside(said("failing-soon"));
        HostSnapshot other = host("h9", 8).withAlive(false);
        List<PlacementRequest> requests = List.of(
                request(1).after(new PlacementRequest.Loss(HostId.of("h9"), 500)),
                request(2).after(new PlacementRequest.Loss(HostId.of("h9"), 100)),
                request(3).after(new PlacementRequest.Loss(HostId.of("h8"), 100)));
        assertThat(homes(List.of(host("h1", 2), other, doomed), requests.toArray(PlacementRequest[]::new)))
                .as("the most important first, then the one of the doomed host; answers stay in the requests' order")
                .containsExactly("h1", null, "h1");
    }

    @Test
    void pointsThatSomebodyHasSetCount() {
        HostSnapshot wanted = host("h1", 1).withOutside(new Outside(Map.of(), 3));
        assertThat(homes(List.of(wanted, host("h2", 8)), request(1))).containsExactly("h1");
        Explanation explained = SCHEDULER.explain(List.of(wanted), List.of(), request(1));
        assertThat(explained.hosts().getFirst().points()).containsEntry("provider-weight", 3.0);
        HostSnapshot hot = host("h1", 1).withOutside(said("hot"));
        assertThat(SCHEDULER
                        .explain(List.of(hot), List.of(), request(1))
                        .hosts()
                        .getFirst()
                        .points())
                .containsEntry("advisories", -5.0);
    }

    @Test
    void oneKindDoesOneThingAndIsSpelledAsOne() {
        AdvisorySettings settings = AdvisorySettings.defaults();
        assertThat(Stream.of("hot", "cooling-failing", "failing-soon", "else").map(settings::effect))
                .containsExactly(Effect.LOWER, Effect.STOP, Effect.DRAIN, Effect.TELL);
        assertThatThrownBy(() -> new AdvisorySettings(1, List.of("hot"), List.of("hot"), List.of()))
                .hasMessage("scheduler.advisories names hot twice; one kind does one thing");
        assertThatThrownBy(() -> new AdvisorySettings(1, List.of("Hot!"), List.of(), List.of()))
                .hasMessageContaining("is 'Hot!'");
        assertThatThrownBy(() -> new AdvisorySettings(Double.NaN, List.of(), List.of(), List.of()))
                .hasMessage("scheduler.advisories.multiplier must be between 0 and 1000, is NaN");
    }

    private static List<@Nullable String> homes(List<HostSnapshot> hosts, PlacementRequest... requests) {
        return SCHEDULER.place(hosts, List.of(requests)).stream()
                .<@Nullable String>map(placement -> placement instanceof Placement.Placed placed
                        ? placed.host().value()
                        : null)
                .toList();
    }

    private static Outside said(String kind) {
        return new Outside(Map.of(kind, "says icinga: it is so"), 0);
    }

    /** @param gib that are free */
    private static HostSnapshot host(String name, int gib) {
        return new HostSnapshot(
                HostId.of(name),
                SegmentId.of("s"),
                "nova",
                true,
                true,
                new Resources(16, gib * 1024, 0),
                Resources.NOTHING,
                0);
    }

    private static PlacementRequest request(int number) {
        return new PlacementRequest(
                InstanceId.of(new UUID(1, number)), new Resources(1, 1024, 0), null, null, Map.of());
    }
}
