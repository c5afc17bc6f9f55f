package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Instances.NewInstance;
import io.holdfast.compute.Placer;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredInstancesTest {

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void createdInstanceGetsAHomeAndRunsThere() {
        deployment.serving("h1");

        Instance created = deployment.create("web");

        assertThat(created.home()).isEqualTo(HostId.of("h1"));
        assertThat(created.generation().value()).isEqualTo(1);
        assertThat(deployment.host("h1").used()).isEqualTo(new Resources(1, 128, 1));
        assertThat(deployment.host("h1").instances()).isEqualTo(1);
        awaitActual(created.id(), ActualState.RUNNING);
        assertThat(deployment.instance(created.id()).task()).isNull();
        assertThat(deployment.instance(created.id()).launchedAt()).isNotNull();
        assertThat(deployment.agents.at("h1").runs(created.id())).isTrue();
    }

    @Test
    void unknownFlavorOrImageIsRefusedAndStoresNothing() {
        NewInstance wanted = Deployment.wanted("web", null);
        refused(
                ComputeException.Kind.INVALID,
                "Flavor nope could not be found",
                () -> deployment
                        .instances()
                        .create(with(wanted, FlavorId.of("nope"), wanted.image()), Deployment.OWNER));
        refused(
                ComputeException.Kind.INVALID,
                "could not be found",
                () -> deployment
                        .instances()
                        .create(with(wanted, wanted.flavor(), ImageId.of(new UUID(9, 9))), Deployment.OWNER));
        assertThat(deployment.instances().list(null)).isEmpty();
    }

    @Test
    void withNoValidHostItFailsWithTheReasonOfEach() {
        deployment.serving("h1");
        deployment.introduce("h2", "boot");
        deployment.hosts().disable(HostId.of("h1"), Deployment.OWNER, "maintenance");

        Instance created = deployment.create("web");

        assertThat(created.actual()).isEqualTo(ActualState.FAILED);
        assertThat(created.home()).isNull();
        assertThat(created.task()).isNull();
        assertThat(created.fault())
                .isEqualTo("No valid host was found. h1: does not take claims; h2: does not take claims");
    }

    @Test
    void aRefusedChoiceIsAskedForAgain() {
        deployment.serving("h1", "h2");
        List<String> choices = Collections.synchronizedList(new ArrayList<>(List.of("nowhere", "h1", "h2")));
        deployment.hosts().disable(HostId.of("h1"), Deployment.OWNER, "");
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of(choices.removeFirst()));

        assertThat(deployment.create("web").home()).isEqualTo(HostId.of("h2"));
        assertThat(choices).isEmpty();
    }

    @Test
    void aPlacerThatInsistsOnARefusingHostEndsInAFault() {
        deployment.introduce("h1", "boot");
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h1"));

        Instance created = deployment.create("web");

        assertThat(created.actual()).isEqualTo(ActualState.FAILED);
        assertThat(created.fault()).contains("h1: host is JOINING");
    }

    @Test
    void anInstanceWhoseCreateWasCutShortIsPlacedByTheNextRoundOnTheHostItAskedFor() {
        deployment.serving("h1", "h2");
        Placer working = deployment.placer;
        deployment.placer = (instance, wants, zone, only) -> {
            throw new IllegalStateException("the controller dies here");
        };
        InstanceId id = deployment.create("web", "h2").id();
        assertThat(deployment.instance(id).task()).isEqualTo("scheduling");
        assertThat(deployment.instance(id).home()).isNull();
        deployment.placer = working;

        deployment.compute.start();

        await().until(() -> deployment.instance(id).home() != null);
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of("h2"));
        awaitActual(id, ActualState.RUNNING);
    }

    @Test
    void aFlavorTooSmallForItsImageIsRefused(@TempDir Path other) {
        try (Deployment fresh = new Deployment(other)) {
            fresh.addCatalog();
            ImageId big = ImageId.of(new UUID(0, 2));
            io.holdfast.compute.Image small = Deployment.image(big, "small.img", "raw");
            fresh.catalog()
                    .addImage(new io.holdfast.compute.Image(
                            big, "big", "small.img", "raw", 0, null, null, null, 256, 0, Map.of(), small.createdAt()));
            NewInstance wanted = Deployment.wanted("web", null);
            refused(
                    ComputeException.Kind.INVALID,
                    "too small for image big",
                    () -> fresh.instances().create(with(wanted, wanted.flavor(), big), Deployment.OWNER));
        }
    }

    @Test
    void listsOfOneProjectShowNobodyElsesAndNoDeletedOnes() {
        deployment.serving("h1");
        Instance first = deployment.create("first");
        NewInstance w = Deployment.wanted("theirs", null);
        deployment.create(new NewInstance(
                w.name(), ProjectId.of("p2"), w.user(), w.flavor(), w.image(), null, null, List.of(), Map.of()));
        Instance gone = deployment.create("gone");
        awaitActual(gone.id(), ActualState.RUNNING);
        deployment.instances().delete(gone.id(), Deployment.OWNER);
        await().until(() -> deployment.instances().find(gone.id()).isEmpty());

        assertThat(deployment.instances().list(null)).extracting(Instance::name).containsExactly("theirs", "first");
        assertThat(deployment.instances().list(Deployment.PROJECT))
                .extracting(Instance::id)
                .containsExactly(first.id());
        assertThat(deployment.instances().list(ProjectId.of("nobody"))).isEmpty();
    }

    @Test
    void renameTagsAndMetadataReplaceWhatWasThere() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();

        assertThat(deployment.instances().rename(id, " db ").name()).isEqualTo("db");
        assertThat(deployment.instances().setTags(id, List.of("b", "a", "b")).tags())
                .containsExactly("a", "b");
        assertThat(deployment.instances().setTags(id, List.of("automatic-recovery")))
                .satisfies(tagged -> {
                    assertThat(tagged.tags()).containsExactly("automatic-recovery");
                    assertThat(tagged.policySource()).isEqualTo("tag");
                });
        deployment.instances().setMetadata(id, Map.of("a", "1", "b", "2"));
        assertThat(deployment.instances().setMetadata(id, Map.of("b", "3")).metadata())
                .isEqualTo(Map.of("b", "3"));
        assertThat(deployment.instance(id).metadata()).isEqualTo(Map.of("b", "3"));
    }

    @Test
    void tagsAndMetadataThatAreAddedAtTheSameTimeAllStay() throws Exception {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        List<Callable<Instance>> changes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String word = "w" + i;
            changes.add(() -> deployment.instances().changeTags(id, tags -> {
                List<String> more = new ArrayList<>(tags);
                more.add(word);
                return more;
            }));
            changes.add(() -> deployment.instances().changeMetadata(id, metadata -> {
                Map<String, String> more = new HashMap<>(metadata);
                more.put(word, "x");
                return more;
            }));
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Instance> done : executor.invokeAll(changes)) {
                done.get();
            }
        }
        assertThat(deployment.instance(id).tags()).hasSize(12);
        assertThat(deployment.instance(id).metadata()).hasSize(12);
    }

    @Test
    void wrongTextsAreRefusedByEachVerbAndLeaveWhatWasThere() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        ComputeException.Kind invalid = ComputeException.Kind.INVALID;
        refused(invalid, "1 to 255", () -> deployment.instances().rename(id, ""));
        refused(invalid, "NUL", () -> deployment.instances().setTags(id, List.of("a\0")));
        refused(invalid, "NUL", () -> deployment.instances().setMetadata(id, Map.of("k", "\0")));
        refused(
                invalid,
                "automatic, notify or none",
                () -> deployment.instances().setMetadata(id, Map.of("holdfast:recovery", "x")));
        assertThat(deployment.instance(id).name()).isEqualTo("web");
        ComputeException.Kind missing = ComputeException.Kind.NOT_FOUND;
        InstanceId nobody = InstanceId.of(new UUID(5, 5));
        refused(missing, "could not be found", () -> deployment.instances().rename(nobody, "x"));
        refused(missing, "could not be found", () -> deployment.instances().delete(nobody, Deployment.OWNER));
        refused(missing, "could not be found", () -> deployment.instances().start(nobody, Deployment.OWNER));
        refused(missing, "could not be found", () -> deployment.instances().stop(nobody, Deployment.OWNER));
    }

    @Test
    void stopAndStartArriveAndRefuseWhatIsAlreadySo() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.RUNNING);
        refused(ComputeException.Kind.CONFLICT, "vm_state active", () -> start(id));

        stop(id);
        awaitActual(id, ActualState.STOPPED);
        assertThat(deployment.instance(id).task()).isNull();
        refused(ComputeException.Kind.CONFLICT, "vm_state stopped", () -> stop(id));

        start(id);
        awaitActual(id, ActualState.RUNNING);
        assertThat(deployment.instance(id).generation().value())
                .as("an order for what was wanted before that comes late is of an earlier generation")
                .isEqualTo(3);
    }

    @Test
    void aStartIsOfANewGenerationAlsoWhileItsHomeIsBeingToldWhatItOwns() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.RUNNING);
        stop(id);
        awaitActual(id, ActualState.STOPPED);
        deployment.introduce("h1", "h1-boot-2");

        start(id);

        assertThat(deployment.host("h1").state()).isEqualTo(HostState.JOINING);
        assertThat(deployment.instance(id).generation().value())
                .as("the list that is on its way says stopped, at generation 2")
                .isEqualTo(3);
    }

    @Test
    void aVerbWhileAnotherIsUnderWayIsAConflict() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.RUNNING);
        deployment.agents.at("h1").silent = true;

        stop(id);

        refused(ComputeException.Kind.CONFLICT, "task_state powering-off", () -> stop(id));
        refused(ComputeException.Kind.CONFLICT, "task_state powering-off", () -> start(id));
    }

    @Test
    void anInstanceWithoutAHomeStopsAtOnceAndLooksForOneWhenStarted() {
        InstanceId id = deployment.create("web").id();
        stop(id);
        assertThat(deployment.instance(id).actual()).isEqualTo(ActualState.STOPPED);
        assertThat(deployment.instance(id).fault()).isNull();

        deployment.serving("h1");
        start(id);

        awaitActual(id, ActualState.RUNNING);
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of("h1"));
    }

    @Test
    void deleteAtHomeGivesTheRoomBackWhenTheHomeConfirms() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.RUNNING);
        deployment.agents.at("h1").silent = true;
        deployment.instances().delete(id, Deployment.OWNER);
        assertThat(deployment.instance(id).task()).isEqualTo("deleting");
        assertThat(deployment.host("h1").used().vcpus()).isEqualTo(1);
        refused(ComputeException.Kind.CONFLICT, "task_state deleting", () -> start(id));

        deployment.agents.at("h1").silent = false;
        deployment.instances().delete(id, Deployment.OWNER);

        await().until(() -> deployment.instances().find(id).isEmpty());
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
        refused(
                ComputeException.Kind.NOT_FOUND,
                "could not be found",
                () -> deployment.instances().delete(id, Deployment.OWNER));
    }

    @Test
    void deleteWithoutAHomeIsDoneAtOnce() {
        InstanceId id = deployment.create("web").id();
        deployment.instances().delete(id, Deployment.OWNER);
        assertThat(deployment.instances().find(id)).isEmpty();
        assertThat(deployment.instance(id).goal()).isEqualTo(InstanceGoal.DELETED);
    }

    @Test
    void deletedOnesAreListedForAMonthByProjectAndByTheirLastChange() {
        deployment.serving("h1");
        InstanceId stays = deployment.create("stays").id();
        InstanceId gone = deployment.create("gone").id();
        awaitActual(gone, ActualState.RUNNING);
        assertThat(deployment.instances().deleted(null, Instant.EPOCH)).isEmpty();

        deployment.instances().delete(gone, Deployment.OWNER);
        await().until(() -> deployment.instances().find(gone).isEmpty());

        Instance seen = deployment
                .instances()
                .deleted(Deployment.PROJECT, Instant.EPOCH)
                .getFirst();
        assertThat(seen.id()).isEqualTo(gone).isNotEqualTo(stays);
        assertThat(seen.actual()).isEqualTo(ActualState.DELETED);
        assertThat(deployment.instances().deleted(null, seen.updatedAt()))
                .as("the moment itself is in")
                .hasSize(1);
        assertThat(deployment.instances().deleted(null, seen.updatedAt().plusNanos(1_000)))
                .isEmpty();
        assertThat(deployment.instances().deleted(ProjectId.of("p2"), Instant.EPOCH))
                .isEmpty();
        deployment.ahead.set(Instances.DELETED_SHOWN.minusMinutes(1));
        assertThat(deployment.instances().deleted(null, Instant.EPOCH)).hasSize(1);
        deployment.ahead.set(Instances.DELETED_SHOWN.plusMinutes(1));
        assertThat(deployment.instances().deleted(null, Instant.EPOCH)).isEmpty();
    }

    @Test
    void startedOnAFencedHomeGetsAnotherOne() {
        deployment.serving("h1", "h2");
        InstanceId id = deployment.create("web", "h1").id();
        awaitActual(id, ActualState.RUNNING);
        deployment.instances().stop(id, Deployment.OWNER);
        awaitActual(id, ActualState.STOPPED);
        deployment.fence("h1");

        deployment.instances().start(id, Deployment.OWNER);

        awaitActual(id, ActualState.RUNNING);
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of("h2"));
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void deletedOnAFencedHomeIsGoneAtOnceAndItsDiskIsRemovedWhenTheHostReturns() {
        deployment.serving("h1", "h2");
        InstanceId id = deployment.create("web", "h1").id();
        awaitActual(id, ActualState.RUNNING);
        FenceProof proof = deployment.fence("h1");

        deployment.instances().delete(id, Deployment.OWNER);

        assertThat(deployment.instances().find(id)).isEmpty();
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
        assertThat(deployment.evacuate(deployment.instance(id), "h2", proof))
                .isInstanceOf(io.holdfast.compute.Claim.Conflict.class);
        // The disk is an overlay over the image, so the image is still needed.
        refused(
                ComputeException.Kind.CONFLICT,
                "is used by 1",
                () -> deployment.catalog().deleteImage(Deployment.IMAGE));

        deployment.introduce("h1", "h1-boot-2");
        deployment.admit("h1");

        assertThat(deployment.agents.at("h1").adoptions.getLast().owned())
                .singleElement()
                .satisfies(order -> {
                    assertThat(order.instance()).isEqualTo(id);
                    assertThat(order.goal()).isEqualTo(InstanceGoal.DELETED);
                });
        assertThat(deployment.instance(id).task()).isNull();
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
        deployment.catalog().deleteImage(Deployment.IMAGE);
        deployment.admit("h1");
        assertThat(deployment.agents.at("h1").adoptions.getLast().owned()).isEmpty();
    }

    @Test
    void deletedOnACondemnedHomeIsGoneOnceTheHomeIsFenced() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.RUNNING);
        deployment.condemn("h1");
        deployment.instances().delete(id, Deployment.OWNER);
        assertThat(deployment.instances().find(id)).isPresent();
        assertThat(deployment.claims().at(HostId.of("h1"))).isEmpty();

        deployment
                .hosts()
                .fenced(deployment.proof("h1", deployment.host("h1").epoch()), deployment.leader(), List.of());

        assertThat(deployment.instances().find(id)).isEmpty();
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void stoppedOnACondemnedHomeIsStoppedOnceTheHomeIsFenced() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.RUNNING);
        deployment.condemn("h1");
        stop(id);

        deployment
                .hosts()
                .fenced(deployment.proof("h1", deployment.host("h1").epoch()), deployment.leader(), List.of());

        assertThat(deployment.instance(id).actual()).isEqualTo(ActualState.STOPPED);
        assertThat(deployment.instance(id).task()).isNull();
    }

    private void start(InstanceId id) {
        deployment.instances().start(id, Deployment.OWNER);
    }

    private void stop(InstanceId id) {
        deployment.instances().stop(id, Deployment.OWNER);
    }

    private void awaitActual(InstanceId id, ActualState actual) {
        await().until(() -> deployment.instance(id).actual() == actual);
    }

    private static NewInstance with(NewInstance wanted, FlavorId flavor, ImageId image) {
        return new NewInstance(
                wanted.name(), wanted.project(), wanted.user(), flavor, image, null, null, List.of(), Map.of());
    }

    static void refused(ComputeException.Kind kind, String words, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(words);
    }
}
