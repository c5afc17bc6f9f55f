package io.holdfast.compute.store;

import static io.holdfast.compute.store.StoredInstancesTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.Hold;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.core.VmState;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances that are held, that go on and that are rebuilt, also when their home cannot do it or dies. */
class StoredHoldsTest {

    private static final ImageId OTHER = ImageId.of(new UUID(0, 2));

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) throws Exception {
        deployment = Deployment.withCatalog(shared);
        Files.writeString(shared.resolve("images/other.img"), "another disk");
        deployment.catalog().addImage(Deployment.image(OTHER, "other.img", "raw"));
        deployment.serving("h1", "h2");
        deployment.compute.start();
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    private Instance running(String name) {
        InstanceId id = deployment.create(name, "h1").id();
        return awaits(id, ActualState.RUNNING);
    }

    private Instance awaits(InstanceId id, ActualState actual) {
        await().untilAsserted(() -> assertThat(deployment.instance(id).actual()).isEqualTo(actual));
        return deployment.instance(id);
    }

    private Instance settled(InstanceId id) {
        await().untilAsserted(() -> assertThat(deployment.instance(id).task()).isNull());
        return deployment.instance(id);
    }

    private void hold(InstanceId id, Hold verb) {
        deployment.instances().hold(id, verb, Deployment.OWNER);
    }

    private InstanceAction lastAction(InstanceId id) {
        return deployment.instances().actions(id).getFirst();
    }

    private GuestSpec told(String host) {
        return deployment.agents.at(host).orders.getLast().spec();
    }

    private static Instances.Rebuild from(ImageId image) {
        return new Instances.Rebuild(image, null, null, said -> said, null);
    }

    @Test
    void whatIsHeldStandsAndGoesOnAtTheSameGeneration() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.PAUSE);
        assertThat(awaits(vm.id(), ActualState.PAUSED).task()).isNull();
        hold(vm.id(), Hold.UNPAUSE);
        awaits(vm.id(), ActualState.RUNNING);
        hold(vm.id(), Hold.SUSPEND);
        awaits(vm.id(), ActualState.SUSPENDED);
        hold(vm.id(), Hold.RESUME);
        Instance again = awaits(vm.id(), ActualState.RUNNING);

        assertThat(again.generation()).isEqualTo(vm.generation());
        assertThat(deployment.instances().actions(vm.id()))
                .extracting(InstanceAction::action)
                .containsExactly("resume", "suspend", "unpause", "pause", "create");
        assertThat(deployment.instances().actions(vm.id()))
                .allSatisfy(one -> assertThat(one.finishedAt()).isNotNull())
                .noneMatch(InstanceAction::failed);
    }

    @Test
    void aVerbThatDoesNotFitIsAConflictAndChangesNothing() {
        Instance vm = running("vm");
        refused(Kind.CONFLICT, "'unpause' instance", () -> hold(vm.id(), Hold.UNPAUSE));
        refused(Kind.CONFLICT, "vm_state active", () -> hold(vm.id(), Hold.RESUME));
        hold(vm.id(), Hold.PAUSE);
        awaits(vm.id(), ActualState.PAUSED);
        refused(Kind.CONFLICT, "vm_state paused", () -> hold(vm.id(), Hold.SUSPEND));
        refused(Kind.CONFLICT, "vm_state paused", () -> deployment.instances().stop(vm.id(), Deployment.OWNER));
        refused(Kind.CONFLICT, "vm_state paused", () -> deployment.instances().start(vm.id(), Deployment.OWNER));
        refused(Kind.CONFLICT, "vm_state paused", () -> deployment.instances().reboot(vm.id(), true, Deployment.OWNER));
        refused(
                Kind.CONFLICT,
                "vm_state paused",
                () -> deployment.instances().rebuild(vm.id(), from(OTHER), Deployment.OWNER));
        assertThat(deployment.instance(vm.id()).goal()).isEqualTo(InstanceGoal.PAUSED);
        deployment.agents.at("h1").silent = true;
        hold(vm.id(), Hold.UNPAUSE);
        refused(Kind.CONFLICT, "task_state unpausing", () -> hold(vm.id(), Hold.UNPAUSE));
        deployment.condemn("h1");
        refused(Kind.CONFLICT, "", () -> hold(vm.id(), Hold.PAUSE));
    }

    @Test
    void onAHomeThatDoesNotServeNothingIsHeldAndNothingIsRebuilt() {
        Instance vm = running("vm");
        deployment.condemn("h1");
        for (Hold verb : new Hold[] {Hold.PAUSE, Hold.SUSPEND}) {
            refused(Kind.CONFLICT, "its home h1 does not serve", () -> hold(vm.id(), verb));
        }
        refused(
                Kind.CONFLICT,
                "its home h1 does not serve",
                () -> deployment.instances().rebuild(vm.id(), from(OTHER), Deployment.OWNER));
        assertThat(deployment.instance(vm.id()).image()).isEqualTo(Deployment.IMAGE);
        refused(Kind.NOT_FOUND, "could not be found", () -> hold(InstanceId.of(new UUID(7, 7)), Hold.PAUSE));
    }

    @Test
    void whatItsHomeCannotHoldGoesOnAndTheActionSaysWhyItFailed() {
        Instance vm = running("vm");
        deployment.agents.at("h1").refusesToHold = "no room for its memory";
        for (Hold verb : new Hold[] {Hold.PAUSE, Hold.SUSPEND}) {
            hold(vm.id(), verb);
            settled(vm.id());
            Instance again = awaits(vm.id(), ActualState.RUNNING);
            assertThat(again.goal()).isEqualTo(InstanceGoal.RUNNING);
            assertThat(VmState.of(again)).isEqualTo(VmState.ACTIVE);
            assertThat(lastAction(vm.id()).action()).isEqualTo(verb.word());
            assertThat(lastAction(vm.id()).failed()).isTrue();
            assertThat(lastAction(vm.id()).message()).isEqualTo("no room for its memory");
        }
    }

    @Test
    void whatItsHomeCannotLetGoOnStaysHeldAndTheActionSaysWhyItFailed() {
        Instance paused = running("paused");
        Instance suspended = running("suspended");
        hold(paused.id(), Hold.PAUSE);
        hold(suspended.id(), Hold.SUSPEND);
        awaits(paused.id(), ActualState.PAUSED);
        awaits(suspended.id(), ActualState.SUSPENDED);
        deployment.agents.at("h1").refusesToStart = "another processor";
        hold(paused.id(), Hold.UNPAUSE);
        hold(suspended.id(), Hold.RESUME);
        assertThat(VmState.of(settled(paused.id()))).isEqualTo(VmState.PAUSED);
        assertThat(VmState.of(settled(suspended.id()))).isEqualTo(VmState.SUSPENDED);
        for (InstanceId id : new InstanceId[] {paused.id(), suspended.id()}) {
            assertThat(lastAction(id).failed()).isTrue();
            assertThat(lastAction(id).message()).isEqualTo("another processor");
        }
        deployment.agents.at("h1").refusesToStart = null;
        hold(paused.id(), Hold.UNPAUSE);
        hold(suspended.id(), Hold.RESUME);
        awaits(paused.id(), ActualState.RUNNING);
        awaits(suspended.id(), ActualState.RUNNING);
    }

    @Test
    void pausedOnAHostThatDiesIsStoppedAndGetsANewHomeWhenItIsStarted() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.PAUSE);
        awaits(vm.id(), ActualState.PAUSED);
        deployment.condemn("h1");
        assertThat(VmState.of(deployment.instance(vm.id()))).isEqualTo(VmState.PAUSED);
        deployment
                .hosts()
                .fenced(deployment.proof("h1", deployment.host("h1").epoch()), deployment.leader(), List.of());
        Instance after = deployment.instance(vm.id());
        assertThat(after.goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(VmState.of(after)).isEqualTo(VmState.STOPPED);
        assertThat(after.home()).isEqualTo(HostId.of("h1"));
        assertThat(deployment.agents.at("h2").orders).isEmpty();

        deployment.instances().start(vm.id(), Deployment.OWNER);
        assertThat(awaits(vm.id(), ActualState.RUNNING).home()).isEqualTo(HostId.of("h2"));
    }

    @Test
    void suspendedOnAHostThatDiesStaysSoAndGoesOnElsewhere() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.SUSPEND);
        awaits(vm.id(), ActualState.SUSPENDED);
        deployment.fence("h1");
        assertThat(VmState.of(deployment.instance(vm.id()))).isEqualTo(VmState.SUSPENDED);
        assertThat(deployment.agents.at("h2").orders).isEmpty();

        hold(vm.id(), Hold.RESUME);
        Instance again = awaits(vm.id(), ActualState.RUNNING);
        assertThat(again.home()).isEqualTo(HostId.of("h2"));
        assertThat(vm.generation().isOlderThan(again.generation())).isTrue();
        assertThat(told("h2").memory()).isEqualTo("instances/" + vm.id() + "/memory.save");
        assertThat(lastAction(vm.id()).action()).isEqualTo("resume");
        assertThat(settled(vm.id()).fault()).isNull();
    }

    @Test
    void suspendedAndResumedWhereThereIsNoRoomStaysSuspendedAndSaysWhy() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.SUSPEND);
        awaits(vm.id(), ActualState.SUSPENDED);
        deployment.fence("h1");
        deployment.hosts().disable(HostId.of("h2"), Deployment.OWNER, "maintenance");
        for (int tries = 1; tries <= 2; tries++) {
            hold(vm.id(), Hold.RESUME);
            Instance left = settled(vm.id());
            assertThat(VmState.of(left)).isEqualTo(VmState.SUSPENDED);
            assertThat(left.goal()).isEqualTo(InstanceGoal.SUSPENDED);
            assertThat(left.fault()).startsWith("No valid host was found.");
            assertThat(lastAction(vm.id()).action()).isEqualTo("resume");
            assertThat(lastAction(vm.id()).failed()).isTrue();
            assertThat(lastAction(vm.id()).message()).isEqualTo(left.fault());
            assertThat(deployment.outbox())
                    .filteredOn("instance.not-moved"::equals)
                    .hasSize(tries);
        }
        deployment.hosts().enable(HostId.of("h2"), Deployment.OWNER);
        hold(vm.id(), Hold.RESUME);
        assertThat(awaits(vm.id(), ActualState.RUNNING).home()).isEqualTo(HostId.of("h2"));
        assertThat(settled(vm.id()).fault()).isNull();
        assertThat(told("h2").memory()).isNotNull();
    }

    @Test
    void suspendedAndDeletedWhileItsHomeIsCondemnedEndsWithTheProof() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.SUSPEND);
        awaits(vm.id(), ActualState.SUSPENDED);
        deployment.condemn("h1");
        deployment.instances().delete(vm.id(), Deployment.OWNER);
        deployment
                .hosts()
                .fenced(deployment.proof("h1", deployment.host("h1").epoch()), deployment.leader(), List.of());
        assertThat(deployment.instances().find(vm.id())).isEmpty();
    }

    @Test
    void whatIsHeldStaysSoWhenItIsToldAgainAndItsHomeRefuses() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.PAUSE);
        awaits(vm.id(), ActualState.PAUSED);
        deployment.agents.at("h1").refusesToHold = "no monitor";
        int before = deployment.agents.at("h1").orders.size();
        deployment.agents.at("h1").happens(vm.id(), ActualState.UNKNOWN, "libvirt hangs");
        await().untilAsserted(() ->
                assertThat(deployment.agents.at("h1").orders.size()).isGreaterThan(before));
        await().during(Duration.ofMillis(300))
                .untilAsserted(
                        () -> assertThat(deployment.instance(vm.id()).goal()).isEqualTo(InstanceGoal.PAUSED));
        deployment.agents.at("h1").refusesToHold = null;
        awaits(vm.id(), ActualState.PAUSED);
    }

    @Test
    void heldWhileItsHostDiesIsStoppedAndLetGoOnWhileItsHostDiesRunsElsewhere() {
        Instance suspending = running("suspending");
        Instance unpausing = running("unpausing");
        hold(unpausing.id(), Hold.PAUSE);
        awaits(unpausing.id(), ActualState.PAUSED);
        deployment.agents.at("h1").silent = true;
        hold(suspending.id(), Hold.SUSPEND);
        hold(unpausing.id(), Hold.UNPAUSE);
        FenceProof proof = deployment.fence("h1");

        Instance stopped = deployment.instance(suspending.id());
        assertThat(stopped.goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(stopped.task()).isNull();
        assertThat(lastAction(suspending.id()).finishedAt()).isNotNull();
        assertThat(deployment.evacuate(deployment.instance(unpausing.id()), "h2", proof))
                .isInstanceOf(Claim.Granted.class);
        deployment.claims().deliver(unpausing.id());
        awaits(unpausing.id(), ActualState.RUNNING);
        settled(unpausing.id());
        assertThat(lastAction(unpausing.id()).finishedAt()).isNotNull();
        // If its memory was written just in time, its next start goes on with it.
        deployment.instances().start(suspending.id(), Deployment.OWNER);
        awaits(suspending.id(), ActualState.RUNNING);
        assertThat(told("h2").memory()).isNotNull();
    }

    @Test
    void whatItsHomeWasAboutToDoHasFailedWithItAndItsOwnerMayAskAnew() {
        Instance resuming = running("resuming");
        Instance rebooting = running("rebooting");
        hold(resuming.id(), Hold.SUSPEND);
        awaits(resuming.id(), ActualState.SUSPENDED);
        deployment.agents.at("h1").silent = true;
        hold(resuming.id(), Hold.RESUME);
        deployment.instances().reboot(rebooting.id(), false, Deployment.OWNER);
        deployment.fence("h1");
        for (InstanceId id : new InstanceId[] {resuming.id(), rebooting.id()}) {
            Instance left = deployment.instance(id);
            assertThat(left.task()).isNull();
            assertThat(VmState.of(left)).isEqualTo(VmState.STOPPED);
            assertThat(lastAction(id).failed()).isTrue();
            assertThat(lastAction(id).message()).isEqualTo("its home h1 failed meanwhile");
            deployment.instances().start(id, Deployment.OWNER);
            assertThat(awaits(id, ActualState.RUNNING).home()).isEqualTo(HostId.of("h2"));
        }
    }

    @Test
    void aHomeThatWasRebootedSaysThatWhatWasPausedIsOver() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.PAUSE);
        awaits(vm.id(), ActualState.PAUSED);
        deployment.introduce("h1", "h1-boot-2");
        assertThat(deployment.instance(vm.id()).actual()).isEqualTo(ActualState.UNKNOWN);
        deployment.agents.at("h1").happens(vm.id(), ActualState.STOPPED, "its guest has ended");
        assertThat(awaits(vm.id(), ActualState.STOPPED).goal()).isEqualTo(InstanceGoal.STOPPED);
    }

    @Test
    void aHardRebootBeginsAnewWhateverTheInstanceWas() {
        Instance vm = running("vm");
        hold(vm.id(), Hold.SUSPEND);
        awaits(vm.id(), ActualState.SUSPENDED);
        deployment.instances().reboot(vm.id(), false, Deployment.OWNER);
        Instance again = awaits(vm.id(), ActualState.RUNNING);
        assertThat(vm.generation().isOlderThan(again.generation())).isTrue();
        assertThat(told("h1").memory()).isNull();
        deployment.instances().stop(vm.id(), Deployment.OWNER);
        awaits(vm.id(), ActualState.STOPPED);
        refused(
                Kind.CONFLICT,
                "vm_state stopped",
                () -> deployment.instances().reboot(vm.id(), true, Deployment.OWNER));
        deployment.instances().reboot(vm.id(), false, Deployment.OWNER);
        awaits(vm.id(), ActualState.RUNNING);
    }

    @Test
    void aRebuildIsAnotherDiskOnTheSameHome() {
        Instance vm = running("vm");
        Instance now = deployment
                .instances()
                .rebuild(
                        vm.id(),
                        new Instances.Rebuild(
                                OTHER,
                                "renamed",
                                Map.of("role", "db"),
                                said -> said.withDescription("second").withHostname("db-1"),
                                "aGVsbG8="),
                        Deployment.OWNER);
        assertThat(now.image()).isEqualTo(OTHER);
        await().untilAsserted(() -> assertThat(told("h1").disk()).isEqualTo("instances/" + vm.id() + "/disk-1.qcow2"));
        Instance again = settled(awaits(vm.id(), ActualState.RUNNING).id());
        assertThat(again.name()).isEqualTo("renamed");
        assertThat(again.metadata()).containsExactlyEntriesOf(Map.of("role", "db"));
        assertThat(again.particulars()).extracting(Particulars::description).isEqualTo("second");
        assertThat(again.home()).isEqualTo(vm.home());
        assertThat(again.nics()).isEqualTo(vm.nics());
        assertThat(vm.generation().isOlderThan(again.generation())).isTrue();
        assertThat(told("h1").image()).isEqualTo("images/other.img");
        assertThat(told("h1").memory()).isNull();
        assertThat(deployment.instances().userData(List.of(vm.id()))).containsEntry(vm.id(), "aGVsbG8=");
        assertThat(lastAction(vm.id()).action()).isEqualTo("rebuild");
        assertThat(lastAction(vm.id()).failed()).isFalse();

        deployment
                .instances()
                .rebuild(vm.id(), new Instances.Rebuild(OTHER, null, null, said -> said, ""), Deployment.OWNER);
        assertThat(deployment.instances().userData(List.of(vm.id()))).isEmpty();
        assertThat(deployment.instance(vm.id()).name()).isEqualTo("renamed");
    }

    @Test
    void aStoppedInstanceGetsItsNewDiskWithItsNextStart() {
        Instance vm = running("vm");
        deployment.instances().stop(vm.id(), Deployment.OWNER);
        awaits(vm.id(), ActualState.STOPPED);
        int orders = deployment.agents.at("h1").orders.size();
        assertThat(deployment
                        .instances()
                        .rebuild(vm.id(), from(OTHER), Deployment.OWNER)
                        .actual())
                .isEqualTo(ActualState.STOPPED);
        assertThat(lastAction(vm.id()).action()).isEqualTo("rebuild");
        assertThat(deployment.agents.at("h1").orders).hasSize(orders);
        deployment.instances().start(vm.id(), Deployment.OWNER);
        awaits(vm.id(), ActualState.RUNNING);
        assertThat(told("h1").disk()).endsWith("/disk-1.qcow2");
    }

    @Test
    void aRebuildThatItsHomeDiesInGoesOnAtTheNextHomeWithTheSameDisk() {
        Instance vm = running("vm");
        deployment.agents.at("h1").silent = true;
        deployment.instances().rebuild(vm.id(), from(OTHER), Deployment.OWNER);
        refused(
                Kind.CONFLICT,
                "task_state rebuilding",
                () -> deployment.instances().rebuild(vm.id(), from(OTHER), Deployment.OWNER));
        FenceProof proof = deployment.fence("h1");
        assertThat(deployment.evacuate(deployment.instance(vm.id()), "h2", proof))
                .isInstanceOf(Claim.Granted.class);
        deployment.claims().deliver(vm.id());
        awaits(vm.id(), ActualState.RUNNING);
        settled(vm.id());
        InstanceOrder order = deployment.agents.at("h2").orders.getLast();
        assertThat(order.spec().disk()).endsWith("/disk-1.qcow2");
        assertThat(order.spec().image()).isEqualTo("images/other.img");
        assertThat(deployment.instances().actions(vm.id()))
                .allSatisfy(one -> assertThat(one.finishedAt()).isNotNull());
    }

    @Test
    void whatHasFailedIsRebuiltAndWhatNeverHadAHomeIsNot() {
        deployment.agents.at("h1").refusesToStart = "its image is broken";
        Instance vm = deployment.create("vm", "h1");
        awaits(vm.id(), ActualState.FAILED);
        deployment.agents.at("h1").refusesToStart = null;
        deployment.instances().rebuild(vm.id(), from(OTHER), Deployment.OWNER);
        assertThat(Objects.requireNonNull(awaits(vm.id(), ActualState.RUNNING)).fault())
                .isNull();

        deployment.hosts().disable(HostId.of("h1"), Deployment.OWNER, "");
        deployment.hosts().disable(HostId.of("h2"), Deployment.OWNER, "");
        Instance homeless = deployment.create("homeless");
        refused(
                Kind.CONFLICT,
                "it has no home",
                () -> deployment.instances().rebuild(homeless.id(), from(OTHER), Deployment.OWNER));
    }

    @Test
    void anImageThatItCouldNotHaveBeenMadeOfIsRefused() {
        Instance vm = running("vm");
        refused(
                Kind.INVALID,
                "could not be found",
                () -> deployment.instances().rebuild(vm.id(), from(ImageId.of(new UUID(0, 9))), Deployment.OWNER));
        refused(
                Kind.INVALID,
                "name must have",
                () -> deployment
                        .instances()
                        .rebuild(
                                vm.id(),
                                new Instances.Rebuild(OTHER, " ", null, said -> said, null),
                                Deployment.OWNER));
        refused(
                Kind.INVALID,
                "metadata",
                () -> deployment
                        .instances()
                        .rebuild(
                                vm.id(),
                                new Instances.Rebuild(OTHER, null, Map.of("", "x"), said -> said, null),
                                Deployment.OWNER));
        assertThat(deployment.instance(vm.id()).image()).isEqualTo(Deployment.IMAGE);
        assertThat(deployment.instance(vm.id()).disk()).isZero();
    }
}
