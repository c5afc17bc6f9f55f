package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.PlacementHints;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.recovery.ScheduleExplainer.Question;
import io.holdfast.scheduler.Explanation;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** From which snapshot it is explained. */
class SchedulerExplainerTest {

    private static final Resources SMALL = new Resources(1, 1024, 1);

    private final World world = new World();
    private final HostId h1 = world.host("h1");
    private final HostId h2 = world.host("h2");
    private final SchedulerExplainer explainer = new SchedulerExplainer(
            world, world, new Scheduler(SchedulerSettings.defaults()), host -> host.equals(HostId.of("h3")));

    @Test
    void aNewOneIsJudgedByTheGroupThatItWouldBeMadeIn() {
        world.host("h3");
        InstanceId mate = world.instance("mate", h1);
        world.group("apart", GroupPolicy.ANTI_AFFINITY, List.of(mate));
        Explanation alone = explainer.explain(asked(null));
        assertThat(objections(alone, h1)).isEmpty();
        assertThat(objections(alone, HostId.of("h3")))
                .containsExactly("is not serving, is suspected, or its agent takes no orders");
        Explanation grouped = explainer.explain(asked(world.groups().getFirst().id()));
        assertThat(objections(grouped, h1)).containsExactly("group apart (anti-affinity) has 1 of at most 1 there");
        assertThat(grouped.placement())
                .isInstanceOfSatisfying(
                        Placement.Placed.class,
                        placed -> assertThat(placed.host()).isEqualTo(h2));
    }

    @Test
    void oneThatThereIsIsJudgedByItsOwnGroupAndOffItsHome() {
        InstanceId one = world.instance("one", h1);
        InstanceId mate = world.instance("mate", h2);
        world.group("apart", GroupPolicy.ANTI_AFFINITY, List.of(one, mate));
        Explanation explained = explainer.explain(Question.of(one, h1, SMALL, null, null));
        assertThat(objections(explained, h1)).containsExactly("is where it lives");
        assertThat(objections(explained, h2)).containsExactly("group apart (anti-affinity) has 1 of at most 1 there");
        assertThat(explained.placement()).isInstanceOf(Placement.NoValidHost.class);
    }

    private static Question asked(@Nullable ServerGroupId group) {
        return Question.ofNew(SMALL, null, null, group, PlacementHints.NONE, HostWish.NONE, null, null);
    }

    private static List<String> objections(Explanation explained, HostId host) {
        return explained.hosts().stream()
                .filter(each -> each.host().equals(host))
                .flatMap(each -> each.filters().stream())
                .flatMap(word -> Stream.ofNullable(word.objection()))
                .toList();
    }
}
