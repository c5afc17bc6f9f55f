package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.Answer;
import io.holdfast.scheduler.capacity.Details;
import io.holdfast.scheduler.capacity.Ground;
import io.holdfast.scheduler.capacity.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is protected, and that what is said of a failure is what recovery's own dry run says of it. */
class CapacitySurveysTest {

    private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases);
    private final World world = stage.world;

    @AfterEach
    void end() {
        stage.close();
    }

    @Test
    void onlyWhoRecoveryMovesByItselfIsProtected() {
        world.instance("auto", stage.h1);
        world.instance("told", stage.h1, RecoveryPolicy.NOTIFY);
        world.instance("left", stage.h1, RecoveryPolicy.NONE);
        world.instance("safe", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of("holdfast:on-host-failure", "stopped"));
        world.capacity(stage.h2, 1024);
        world.capacity(stage.h3, 0);
        Capacity.Segment segment = look(surveys());
        assertThat(segment.id()).isEqualTo(World.SEGMENT);
        assertThat(segment.outlook().instances()).isEqualTo(2);
        Answer first = segment.outlook().single().getFirst();
        assertThat(first.moving()).isEqualTo(2);
        assertThat(first.left()).isEqualTo(1);
        assertThat(first.ground()).isEqualTo(Ground.NO_ROOM);
        Details details = segment.details().getFirst();
        assertThat(details.left().getFirst().name()).isEqualTo("safe");
        assertThat(details.left().getFirst().reason()).isEqualTo("needs 1024 MiB, 0 MiB free");
        assertThat(details.remedies()).extracting(remedy -> remedy.word()).contains("add-host", "unprotect");
    }

    @Test
    void whoIsBeingDeletedIsNobodyToFindAHomeFor() {
        InstanceId doomed = world.instance("doomed", stage.h1);
        world.instance("stays", stage.h1);
        world.ownerDeletes(doomed);
        assertThat(world.list(null)).extracting(Instance::goal).contains(InstanceGoal.DELETED);
        assertThat(look(surveys()).outlook().single().getFirst().moving()).isEqualTo(1);
        assertThat(leftByWhatIf(Set.of(stage.h1))).isZero();
    }

    @Test
    void racksAreFailuresAndAHostThatIsLostIsNone() {
        world.domains(stage.h1, new FailureDomains(Map.of("rack", "r1")));
        world.domains(stage.h2, new FailureDomains(Map.of("rack", "r1")));
        world.instance("a", stage.h1);
        world.instance("b", stage.h3);
        assertThat(look(surveys()).outlook().domains())
                .extracting(answer -> answer.failure().name())
                .containsExactly("rack=r1");
        world.condemn(stage.h3, HostEpoch.of(0), LeaderEpoch.of(1), List.of());
        assertThat(world.find(stage.h3).orElseThrow().state()).isEqualTo(HostState.CONDEMNED);
        Capacity.Segment after = look(surveys());
        assertThat(after.outlook().hosts()).isEqualTo(2);
        assertThat(after.outlook().waiting()).isEqualTo(1);
        assertThat(after.outlook().domains().getFirst().verdict()).isEqualTo(Verdict.NOT_SURVIVABLE);
    }

    @Test
    void aReportIsGivenAgainForASecondAndThenMadeAnew() {
        CapacitySurveys surveys = surveys();
        Capacity.Report first = surveys.look();
        world.instance("new", stage.h1);
        assertThat(surveys.look()).isSameAs(first);
        stage.pass(Duration.ofMillis(1001));
        assertThat(surveys.look().segments().getFirst().outlook().instances()).isEqualTo(1);
    }

    @Test
    void whatIfKeepsStrictRulesOfServerGroupsToo() {
        InstanceId a = world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        world.instance("c", stage.h3);
        world.group("apart", GroupPolicy.ANTI_AFFINITY, List.of(a, World.id("b"), World.id("c")));
        assertThat(leftByWhatIf(Set.of(stage.h1))).isEqualTo(1);
        assertThat(leftByWhatIf(Set.of(stage.h1, stage.h2))).isEqualTo(2);
    }

    /** Any cloud: the survey, which plays columns, against the dry run, which plays cases with the planner of recovery. */
    @Property(tries = 150)
    void theDryRunOfEachFailureLeavesAsManyAsTheSurveySays(@ForAll long seed) {
        try (VirtualStage cloud = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            Random random = new Random(seed);
            List<HostId> hosts = new ArrayList<>(List.of(cloud.h1, cloud.h2, cloud.h3));
            for (HostId host : hosts) {
                cloud.world.domains(host, new FailureDomains(Map.of("rack", "r" + random.nextInt(2))));
            }
            int count = random.nextInt(9);
            List<InstanceId> members = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                RecoveryPolicy policy = RecoveryPolicy.values()[random.nextInt(8) == 0 ? random.nextInt(3) : 0];
                InstanceId id = cloud.world.instance(
                        "i" + i,
                        hosts.get(random.nextInt(3)),
                        policy,
                        random.nextBoolean() ? Map.of() : Map.of("holdfast:priority", "" + random.nextInt(3)));
                if (random.nextInt(3) == 0) {
                    members.add(id);
                }
            }
            hosts.forEach(host -> cloud.world.capacity(host, 1024 * random.nextInt(9)));
            if (random.nextBoolean() && !members.isEmpty()) {
                cloud.world.group("g", GroupPolicy.values()[random.nextInt(4)], members);
            }
            if (random.nextInt(3) == 0) {
                reserve(cloud, RecoveryMethod.values()[random.nextInt(4)]);
            }
            for (Answer answer : look(surveys(cloud)).outlook().single()) {
                check(cloud, answer, seed);
            }
            for (Answer answer : look(surveys(cloud)).outlook().domains()) {
                check(cloud, answer, seed);
            }
            for (Answer answer : look(surveys(cloud)).outlook().pairs().worst()) {
                check(cloud, answer, seed);
            }
        }
    }

    private static void check(VirtualStage cloud, Answer answer, long seed) {
        assertThat(leftByWhatIf(cloud, new HashSet<>(answer.failure().hosts())))
                .as("%s, seed %s", answer, seed)
                .isEqualTo(answer.left());
    }

    private static void reserve(VirtualStage cloud, RecoveryMethod method) {
        FailoverSegment own = cloud.segments.list().getFirst();
        cloud.segments.update(own.with(own.name(), null, method, "COMPUTE", true));
        cloud.segments.put(cloud.h3, own.uuid(), "", "", true);
        cloud.world.disable(cloud.h3, Stage.OPERATOR, "kept in reserve");
    }

    private int leftByWhatIf(Set<HostId> failed) {
        return leftByWhatIf(stage, failed);
    }

    private static int leftByWhatIf(VirtualStage cloud, Set<HostId> failed) {
        WhatIf[] answer = new WhatIf[1];
        cloud.call(
                () -> answer[0] = cloud.engine.whatIf(failed.stream().sorted().toList(), true));
        return (int) answer[0].hosts().stream()
                .flatMap(host -> host.instances().stream())
                .filter(instance -> instance.policy().equals("automatic") && instance.to() == null)
                .count();
    }

    private CapacitySurveys surveys() {
        return surveys(stage);
    }

    private static CapacitySurveys surveys(VirtualStage cloud) {
        return new CapacitySurveys(
                cloud.world,
                cloud.world,
                cloud.world,
                cloud.segments,
                SchedulerSettings.defaults(),
                host -> false,
                cloud.settings(),
                AdmissionSettings.defaults(),
                cloud::now);
    }

    private static Capacity.Segment look(CapacitySurveys surveys) {
        return surveys.look().segments().getFirst();
    }
}
