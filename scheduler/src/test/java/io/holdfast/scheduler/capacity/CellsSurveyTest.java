package io.holdfast.scheduler.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRules;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether those with processors or devices of their own would survive their host, where there is room enough besides. */
class CellsSurveyTest {

    private static final SegmentId SEGMENT = SegmentId.of("s");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hw:cpu_policy=dedicated     | 2 | 0:1000:2,3:0:              | SURVIVABLE",
                "hw:cpu_policy=dedicated     | 2 | 0:1000:2:0:                | NOT_PROVEN",
                "hw:cpu_policy=dedicated     | 1 | ''                         | NOT_SURVIVABLE",
                "pci_passthrough:alias=gpu:1 | 1 | /gpu=0000:3b:00.0          | SURVIVABLE",
                "pci_passthrough:alias=gpu:1 | 2 | 0:1000::0:/gpu=0000:3b:00.0 | NOT_PROVEN",
                "hw:boot_menu=true           | 2 | ''                         | SURVIVABLE",
            })
    void aHostFailsWhoseInstancesWantThem(String spec, int instances, String other, Verdict verdict) {
        String[] said = spec.strip().split("=", 2);
        PlacementRules rules = new PlacementRules(
                Set.of(), Set.of(), Map.of(), HostWish.of(Map.of(said[0], said[1]), Map.of()), null, null);
        List<HostSnapshot> hosts = List.of(host("h1", ""), host("h2", other));
        List<ProtectedInstance> all = IntStream.range(0, instances)
                .mapToObj(number -> new ProtectedInstance(
                        InstanceId.of(new UUID(4, number)),
                        "vm-" + number,
                        HostId.of("h1"),
                        new Resources(1, 10, 0),
                        null,
                        100,
                        rules))
                .toList();
        Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());
        CapacitySurvey survey = new CapacitySurvey(
                new SegmentSnapshot(SEGMENT, hosts, Set.of(), Map.of(), List.of(), all, Map.of()),
                SchedulerSettings.defaults(),
                (offered, known, requests, failed) -> scheduler.place(offered, known, requests));
        assertThat(survey.answer(new Failure(Failure.Kind.HOST, "h1", List.of(HostId.of("h1"))))
                        .verdict())
                .isEqualTo(verdict);
    }

    private static HostSnapshot host(String name, String topology) {
        return new HostSnapshot(
                        HostId.of(name), SEGMENT, "nova", true, true, new Resources(8, 1000, 0), Resources.NOTHING, 0)
                .withCells(HostTopology.parse(topology));
    }
}
