package io.holdfast.api;

import io.holdfast.compute.PlacementHints;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.ScheduleExplainer;
import io.holdfast.scheduler.AdvisorySettings;
import io.holdfast.scheduler.Explanation;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.PlacementRules;
import io.holdfast.scheduler.PolicySettings;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** The real scheduler over two hosts, the second of which is disabled; remembers what it was asked. */
final class FakeExplainer implements ScheduleExplainer {

    private static final SchedulerSettings SETTINGS = new SchedulerSettings(
            4.0,
            1.0,
            0,
            1.0,
            0.5,
            10.0,
            0,
            0,
            0,
            1.0,
            0.05,
            1.0,
            0,
            0,
            AdvisorySettings.defaults(),
            Map.of("packing", new PolicySettings(-1.0, 0.0, null, null, null, null, null, null, null, null)),
            Map.of());

    final List<Question> asked = new ArrayList<>();

    @Override
    public Explanation explain(Question question) {
        asked.add(question);
        HostId home = question.home();
        return new Scheduler(SETTINGS)
                .explain(
                        List.of(host("h1", true), host("h2", false)),
                        List.of(),
                        new PlacementRequest(
                                question.instance() == null ? InstanceId.of(new UUID(0, 0)) : question.instance(),
                                question.wants(),
                                question.zone(),
                                question.only(),
                                home == null ? Map.of() : Map.of(home, "is where it lives"),
                                rules(question),
                                null));
    }

    /** Whoever is named lives on the first host. */
    private static PlacementRules rules(Question question) {
        PlacementHints hints = question.hints();
        Map<InstanceId, HostId> homes = new HashMap<>();
        Stream.of(hints.sameHost(), hints.differentHost())
                .flatMap(Set::stream)
                .forEach(named -> homes.put(named, HostId.of("h1")));
        return new PlacementRules(
                hints.sameHost(), hints.differentHost(), homes, question.wish(), question.policy(), question.project());
    }

    private static HostSnapshot host(String name, boolean enabled) {
        return new HostSnapshot(
                HostId.of(name),
                SegmentId.of("default"),
                "nova",
                true,
                enabled,
                new Resources(64, 65_536, 100),
                Resources.NOTHING,
                0);
    }
}
