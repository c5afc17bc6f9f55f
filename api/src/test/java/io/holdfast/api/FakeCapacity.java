package io.holdfast.api;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.Capacity;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.CapacitySurvey;
import io.holdfast.scheduler.capacity.Details;
import io.holdfast.scheduler.capacity.Outlook;
import io.holdfast.scheduler.capacity.ProtectedInstance;
import io.holdfast.scheduler.capacity.SegmentSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The real survey of three hosts, the third of which can take one of the two instances of the others. */
final class FakeCapacity {

    private static final SegmentId SEGMENT = SegmentId.of("default");

    private FakeCapacity() {}

    static Capacity.Report report() {
        Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());
        List<HostSnapshot> hosts = List.of(host("h1", 100, 60), host("h2", 100, 60), host("h3", 70, 0));
        Map<HostId, FailureDomains> domains = Map.of(
                HostId.of("h1"),
                new FailureDomains(Map.of("rack", "r1")),
                HostId.of("h2"),
                new FailureDomains(Map.of("rack", "r1")));
        CapacitySurvey survey = new CapacitySurvey(
                new SegmentSnapshot(
                        SEGMENT,
                        hosts,
                        Set.of(),
                        domains,
                        List.of(),
                        List.of(instance(1, "db-1", "h1", 500), instance(2, "web-1", "h2", 100)),
                        Map.of()),
                SchedulerSettings.defaults(),
                (offered, groups, requests, failed) -> scheduler.place(offered, groups, requests));
        Outlook outlook = survey.outlook();
        List<Details> details = new ArrayList<>();
        outlook.domains().forEach(answer -> details.add(survey.details(answer)));
        return new Capacity.Report(
                FakeCloud.THEN, Duration.ofMillis(12), List.of(new Capacity.Segment(SEGMENT, outlook, details)));
    }

    private static HostSnapshot host(String name, int memoryMib, int used) {
        return new HostSnapshot(
                HostId.of(name),
                SEGMENT,
                "nova",
                true,
                true,
                new Resources(8, memoryMib, 0),
                new Resources(0, used, 0),
                used == 0 ? 0 : 1);
    }

    private static ProtectedInstance instance(int number, String name, String home, int priority) {
        return new ProtectedInstance(
                InstanceId.of(new UUID(1, number)), name, HostId.of(home), new Resources(0, 60, 0), null, priority);
    }
}
