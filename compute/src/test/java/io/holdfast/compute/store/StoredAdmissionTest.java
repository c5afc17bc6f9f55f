package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAdmission;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Placer;
import io.holdfast.compute.Withdrawals;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of an owner's verb that is not admitted, and what is asked about at all. */
class StoredAdmissionTest {

    private Deployment deployment;
    private final List<Instance> asked = new ArrayList<>();
    private @Nullable ComputeException refusal;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1");
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void whoIsNotAdmittedAfterItsPostFailsWithTheReasonAsItsFault() {
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.NotAdmitted("the promise would break");

        Instance made = deployment.create("web");

        assertThat(made.actual()).isEqualTo(ActualState.FAILED);
        assertThat(made.home()).isNull();
        assertThat(made.fault()).isEqualTo("No valid host was found. It is not admitted: the promise would break");
    }

    @Test
    void aStartAtHomeThatIsRefusedChangesNothing() {
        InstanceId web = stopped("web");
        Instance before = deployment.instance(web);
        watch();
        refusal = new ComputeException(ComputeException.Kind.CONFLICT, "the promise would break");

        assertThatThrownBy(() -> deployment.instances().start(web, Deployment.OWNER))
                .isSameAs(refusal);

        assertThat(deployment.instance(web)).isEqualTo(before);
        assertThat(asked).singleElement().satisfies(after -> {
            assertThat(after.goal()).isEqualTo(InstanceGoal.RUNNING);
            assertThat(after.home()).isEqualTo(HostId.of("h1"));
        });
    }

    @Test
    void aStartThatIsAdmittedIsDoneAndNothingIsLockedMeanwhile() {
        InstanceId web = stopped("web");
        watch(() -> deployment.instances().rename(web, "renamed while it was asked"));

        deployment.instances().start(web, Deployment.OWNER);

        await().until(() -> deployment.instance(web).actual() == ActualState.RUNNING);
        assertThat(deployment.instance(web).name()).isEqualTo("renamed while it was asked");
        assertThat(asked).hasSize(1);
    }

    @Test
    void aPolicyThatBecomesAutomaticIsAskedAboutAndOneThatDoesNotIsNot() {
        InstanceId web = deployment.create("web").id();
        watch();
        deployment.instances().setTags(web, List.of("blue"));
        assertThat(asked).isEmpty();
        refusal = new ComputeException(ComputeException.Kind.CONFLICT, "the promise would break");
        assertThatThrownBy(() -> deployment.instances().setTags(web, List.of("automatic-recovery")))
                .isSameAs(refusal);
        assertThat(deployment.instance(web).tags()).containsExactly("blue");
        refusal = null;
        assertThat(deployment
                        .instances()
                        .setTags(web, List.of("automatic-recovery"))
                        .policy())
                .isEqualTo(RecoveryPolicy.AUTOMATIC);
        assertThat(asked).extracting(Instance::policy).containsOnly(RecoveryPolicy.AUTOMATIC);
    }

    @Test
    void aDefectOfWhoIsAskedChangesNothingEither() {
        InstanceId web = stopped("web");
        watch(() -> {
            throw new IllegalStateException("a defect");
        });
        assertThatThrownBy(() -> deployment.instances().start(web, Deployment.OWNER))
                .hasMessage("a defect");
        assertThat(deployment.instance(web).goal()).isEqualTo(InstanceGoal.STOPPED);
    }

    /** The placer is told which is which, because a recovery is never refused. */
    @Test
    void whomACaseHasForgottenIsToldApartFromWhomAnOwnerStarts() {
        deployment.serving("h2");
        deployment.agents.at("h1").refusesToStart = "no such bridge";
        InstanceId web = deployment.create("web", "h1").id();
        await().until(() -> deployment.instance(web).actual() == ActualState.FAILED);
        List<Boolean> recovering = new ArrayList<>();
        Placer working = deployment.placer;
        deployment.placer = new Placer() {
            @Override
            public Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
                return working.choose(instance, wants, zone, HostId.of("h2"));
            }

            @Override
            public List<Choice> chooseAll(List<Search> all) {
                all.forEach(one -> recovering.add(one.recovering()));
                return Placer.super.chooseAll(all);
            }
        };
        withdraw(web);
        deployment.ahead.set(Duration.ofSeconds(400));
        deployment.compute.placeNow();
        assertThat(deployment.instance(web).home()).isEqualTo(HostId.of("h2"));
        assertThat(recovering).containsOnly(true).isNotEmpty();

        await().until(() -> deployment.instance(web).actual() == ActualState.RUNNING);
        deployment.instances().stop(web, Deployment.OWNER);
        await().until(() -> deployment.instance(web).actual() == ActualState.STOPPED);
        deployment.fence("h2");
        recovering.clear();
        deployment.start(web);
        assertThat(recovering).containsOnly(false).isNotEmpty();
    }

    private void withdraw(InstanceId web) {
        Instance now = deployment.instance(web);
        assertThat(deployment
                        .compute
                        .withdrawals()
                        .withdraw(web, now.generation(), HostId.of("h1"), deployment.leader(), Duration.ofSeconds(1)))
                .isInstanceOf(Withdrawals.Answer.Withdrawn.class);
    }

    private InstanceId stopped(String name) {
        InstanceId id = deployment.create(name).id();
        await().until(() -> deployment.instance(id).actual() == ActualState.RUNNING);
        deployment.instances().stop(id, Deployment.OWNER);
        await().until(() -> deployment.instance(id).actual() == ActualState.STOPPED
                && deployment.instance(id).task() == null);
        return id;
    }

    private void watch() {
        watch(() -> {});
    }

    /** Whoever begins to run at home, or becomes automatic there, is asked about. */
    private void watch(Runnable meanwhile) {
        deployment.admission = new InstanceAdmission() {
            @Override
            public boolean concerns(Instance before, Instance after) {
                return after.home() != null
                        && ((before.goal() != InstanceGoal.RUNNING && after.goal() == InstanceGoal.RUNNING)
                                || (before.policy() != after.policy() && after.policy() == RecoveryPolicy.AUTOMATIC));
            }

            @Override
            public void require(Instance after) {
                asked.add(after);
                meanwhile.run();
                if (refusal != null) {
                    throw refusal;
                }
            }
        };
    }
}
