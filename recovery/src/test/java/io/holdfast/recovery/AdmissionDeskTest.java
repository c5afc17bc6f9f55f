package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Placer;
import io.holdfast.compute.Placer.Choice;
import io.holdfast.compute.Placer.Search;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three hosts; each instance wants 1024 MiB. */
class AdmissionDeskTest {

    private static final Actor ANN = new Actor("ann", "cli");
    private static final Duration LONG = Duration.ofSeconds(1);

    private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases);
    private final World world = stage.world;
    private final FakePromises book = new FakePromises();
    private AdmissionSettings settings = AdmissionSettings.defaults().with(AdmissionMode.ENFORCE, 1);
    private Predicate<HostId> avoided = host -> false;

    @AfterEach
    void end() {
        stage.close();
    }

    @Test
    void whereAdmissionIsOffNothingIsReadAndWhatThereIsRoomForIsPlaced() {
        InstanceId waiting = waiting("new");
        rooms(1024, 1024, 1024);
        settings = AdmissionSettings.defaults();
        Placer placer = placer();
        world.failCalls(1, 1000);
        assertThat(placer.chooseAll(List.of(search(waiting, false)))).containsExactly(new Choice.Home(stage.h3));
        assertThat(world.calls()).isZero();
        world.failCalls(1000, 1);
        new AdmittedHosts(world, desk()).disable(stage.h3, ANN, "");
        assertThat(world.find(stage.h3).orElseThrow().enabled()).isFalse();
        assertThat(desk().concerns(instance("new"), instance("new"))).isFalse();
    }

    @Test
    void enforcedWhatWouldLeaveAFailureUnsurvivableIsNotPlacedAndSaysWhy() {
        InstanceId waiting = waiting("new");
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 1024);
        Choice choice = place(search(waiting, false)).getFirst();
        assertThat(choice).isInstanceOf(Choice.NotAdmitted.class);
        assertThat(((Choice.NotAdmitted) choice).reason())
                .isEqualTo("placing this would break the promise of segment default that any host's loss is survived:"
                        + " the loss of h1 would be unsurvivable");
        assertThat(book.told).isEmpty();
        rooms(1024, 1024, 2048);
        assertThat(place(search(waiting, false)).getFirst()).isInstanceOf(Choice.NotAdmitted.class);
        rooms(2048, 2048, 2048);
        assertThat(place(search(waiting, false))).containsExactly(new Choice.Home(stage.h3));
    }

    @Test
    void whileThePromiseIsBrokenWhoIsPlacedWaitsUntilItIsKeptAgain() {
        InstanceId waiting = waiting("new");
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        world.instance("c", stage.h3);
        rooms(1024, 1024, 2048);
        world.capacity(stage.h1, 1024);
        world.instance("d", stage.h3);
        rooms(1024, 1024, 3072);
        Choice choice = place(search(waiting, false)).getFirst();
        assertThat(((Choice.NotAdmitted) choice).reason())
                .startsWith(
                        "placing this has to wait until segment default keeps its promise again that any host's loss"
                                + " is survived: the loss of h3 would be unsurvivable");
    }

    @Test
    void whomARecoveryBringsIsPlacedWhateverIsPromised() {
        InstanceId brought = waiting("brought");
        InstanceId fresh = waiting("fresh");
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 2048);
        List<Choice> choices = place(search(brought, true), search(fresh, false));
        assertThat(choices.get(0)).isEqualTo(new Choice.Home(stage.h3));
        assertThat(choices.get(1)).isInstanceOf(Choice.NotAdmitted.class);
        assertThat(placer().choose(brought, new Resources(1, 1024, 1), null, null))
                .isEqualTo(new Choice.Home(stage.h3));
    }

    @Test
    void whoFindsNoHostAtAllHearsThatAsBefore() {
        InstanceId waiting = waiting("new");
        rooms(0, 0, 0);
        assertThat(place(search(waiting, false)).getFirst()).isInstanceOf(Choice.None.class);
    }

    @Test
    void aWarningIsToldOnceInAMinuteWithHowManyWereLeftOut() {
        settings = settings.with(AdmissionMode.WARN, 1);
        InstanceId waiting = waiting("new");
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 1024);
        Placer placer = placer();
        for (int i = 0; i < 3; i++) {
            assertThat(placer.chooseAll(List.of(search(waiting, false)))).containsExactly(new Choice.Home(stage.h3));
        }
        assertThat(book.types()).containsExactly("segment.over-committed");
        assertThat(book.told.getFirst().data().get("leftOut")).isEqualTo(0);
        assertThat((String) book.told.getFirst().data().get("reason"))
                .startsWith("placing an instance would break the promise of segment default");
        stage.pass(AdmissionWarnings.PAUSE);
        placer.chooseAll(List.of(search(waiting, false)));
        assertThat(book.told.getLast().data().get("leftOut")).isEqualTo(2);
    }

    @Test
    void aSegmentMayHaveAPolicyOfItsOwn() {
        InstanceId waiting = waiting("new");
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 1024);
        settings = own(AdmissionMode.OFF, new AdmissionSettings.Policy(AdmissionMode.ENFORCE, 1));
        assertThat(place(search(waiting, false)).getFirst()).isInstanceOf(Choice.NotAdmitted.class);
        settings = own(AdmissionMode.ENFORCE, new AdmissionSettings.Policy(AdmissionMode.OFF, 1));
        assertThat(place(search(waiting, false))).containsExactly(new Choice.Home(stage.h3));
        settings = own(AdmissionMode.ENFORCE, new AdmissionSettings.Policy(AdmissionMode.ENFORCE, 0));
        assertThat(place(search(waiting, false))).containsExactly(new Choice.Home(stage.h3));
    }

    @Test
    void onlyAnInstanceThatBecomesProtectedIsAskedAbout() {
        world.instance("a", stage.h1);
        world.instance("told", stage.h1, RecoveryPolicy.NOTIFY);
        Instance running = instance("a");
        Instance told = instance("told");
        world.ownerStops(World.id("a"));
        Instance stopped = instance("a");
        AdmissionDesk desk = desk();
        assertThat(desk.concerns(stopped, running)).isTrue();
        assertThat(desk.concerns(running, stopped)).isFalse();
        assertThat(desk.concerns(running, running)).isFalse();
        assertThat(desk.concerns(told, told)).isFalse();
        assertThat(desk.concerns(told, running)).isTrue();
        waiting("new");
        assertThat(desk.concerns(instance("new"), instance("new"))).isFalse();
    }

    @Test
    void aStartAtHomeIsRefusedOrWarnedOfWhenItWouldBreakThePromise() {
        world.instance("a", stage.h1);
        Instance running = instance("a");
        world.ownerStops(World.id("a"));
        rooms(1024, 1024, 1024);
        assertThatCode(() -> desk().require(running)).doesNotThrowAnyException();
        rooms(1024, 512, 512);
        assertThatThrownBy(() -> desk().require(running))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(ComputeException.Kind.CONFLICT))
                .hasMessage("having a run under recovery's protection would break the promise of segment"
                        + " default that any host's loss is survived: the loss of h1 would be unsurvivable");
        settings = settings.with(AdmissionMode.WARN, 1);
        assertThatCode(() -> desk().require(running)).doesNotThrowAnyException();
        assertThat(book.types()).containsExactly("segment.over-committed");
    }

    @Test
    void aHostIsNotTakenOutOfServiceIfTheOthersCouldNotTakeWhatOneOfThemLeaves() {
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 1024);
        AdmittedHosts hosts = new AdmittedHosts(world, desk());
        assertThatThrownBy(() -> hosts.startMaintenance(stage.h3, ANN, "disks"))
                .isInstanceOf(ComputeException.class)
                .hasMessageStartingWith("maintenance of h3 would break the promise of segment default that any host's"
                        + " loss is survived: the loss of h1 would be unsurvivable");
        assertThatThrownBy(() -> hosts.disable(stage.h3, ANN, "disks"))
                .isInstanceOf(ComputeException.class)
                .hasMessageStartingWith("disabling h3 would break the promise");
        assertThat(world.find(stage.h3).orElseThrow().welcomes()).isTrue();
        rooms(2048, 2048, 1024);
        hosts.startMaintenance(stage.h3, ANN, "disks");
        assertThat(world.find(stage.h3).orElseThrow().maintenance()).isNotNull();
        // It is out of service already: nothing changes by what is asked now.
        rooms(1024, 1024, 1024);
        assertThatCode(() -> hosts.disable(stage.h3, ANN, "")).doesNotThrowAnyException();
    }

    @Test
    void whereItIsOnlyWarnedTheHostGoesOutOfServiceAndThatIsTold() {
        settings = settings.with(AdmissionMode.WARN, 1);
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 1024);
        new AdmittedHosts(world, desk()).startMaintenance(stage.h3, ANN, "disks");
        assertThat(world.find(stage.h3).orElseThrow().maintenance()).isNotNull();
        assertThat((String) book.told.getFirst().data().get("reason")).startsWith("maintenance of h3 would break");
    }

    @Test
    void whileThePromiseIsBrokenAHostMayBeRepairedIfThatMakesNothingWorse() {
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 512);
        AdmittedHosts hosts = new AdmittedHosts(world, desk());
        assertThatCode(() -> hosts.startMaintenance(stage.h3, ANN, "memory")).doesNotThrowAnyException();
    }

    @Test
    void maintenanceOfAReserveTakesItFromTheFailuresThatCountOnIt() {
        world.instance("a", stage.h1);
        rooms(1024, 1024, 1024);
        FailoverSegment own = stage.segments.list().getFirst();
        stage.segments.update(own.with(own.name(), null, RecoveryMethod.RESERVED_HOST, "COMPUTE", true));
        stage.segments.put(stage.h3, own.uuid(), "", "", true);
        assertThatThrownBy(() -> new AdmittedHosts(world, desk()).startMaintenance(stage.h3, ANN, ""))
                .isInstanceOf(ComputeException.class)
                .hasMessageContaining("the loss of h1 would be unsurvivable: a would find no home");
    }

    @Test
    void aStoreThatDoesNotAnswerIsNoYes() {
        world.instance("a", stage.h1);
        Instance running = instance("a");
        InstanceId waiting = World.id("a");
        avoided = host -> {
            throw new StoreUnavailable("the database does not answer", false, null);
        };
        for (AdmissionMode mode : List.of(AdmissionMode.WARN, AdmissionMode.ENFORCE)) {
            settings = settings.with(mode, 1);
            assertThatThrownBy(() -> desk().require(running)).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> desk().refused(Map.of(waiting, stage.h2), Map.of()))
                    .isInstanceOf(StoreException.class);
        }
        assertThat(book.told).isEmpty();
    }

    @Test
    void aDefectOfOursIsToldAsUnknownWhereItIsOnlyWarnedAndRefusesWhereItIsEnforced() {
        world.instance("a", stage.h1);
        Instance running = instance("a");
        avoided = host -> {
            throw new IllegalStateException("a defect");
        };
        assertThatThrownBy(() -> desk().require(running)).hasMessage("a defect");
        assertThatThrownBy(() -> desk().refused(Map.of(World.id("a"), stage.h2), Map.of()))
                .hasMessage("a defect");
        settings = settings.with(AdmissionMode.WARN, 1);
        desk().require(running);
        assertThat((String) book.told.getFirst().data().get("reason"))
                .isEqualTo(
                        "having a run under recovery's protection: whether the promise holds afterwards is not known:"
                                + " java.lang.IllegalStateException: a defect");
        assertThat(desk().refused(Map.of(World.id("a"), stage.h2), Map.of())).isEmpty();
    }

    @Test
    void whatIsWarnedOfIsNotDoneWhenItCannotBeTold() {
        settings = settings.with(AdmissionMode.WARN, 1);
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        rooms(1024, 1024, 1024);
        book.away = true;
        assertThatThrownBy(() -> new AdmittedHosts(world, desk()).disable(stage.h3, ANN, ""))
                .hasMessage("the database is away");
        assertThat(world.find(stage.h3).orElseThrow().enabled()).isTrue();
    }

    @Test
    void whoDoesNotLeadTellsNobody() {
        new AdmissionWarnings(book, Optional::empty, () -> {}, stage::now).warn(World.SEGMENT, "anything");
        assertThat(book.told).isEmpty();
    }

    private AdmissionSettings own(AdmissionMode mode, AdmissionSettings.Policy policy) {
        return new AdmissionSettings(
                mode, 1, settings.lookInterval(), settings.steadyFor(), Map.of(World.SEGMENT.value(), policy));
    }

    private void rooms(int first, int second, int third) {
        world.capacity(stage.h1, first);
        world.capacity(stage.h2, second);
        world.capacity(stage.h3, third);
    }

    /** One without a home, as a withdrawn one is; whose it is says the search. */
    private InstanceId waiting(String name) {
        InstanceId id = world.instance(name, stage.h1);
        world.power(stage.h1, PowerState.OFF);
        world.power(stage.h1, PowerState.ON);
        assertThat(world.withdraw(id, instance(name).generation(), stage.h1, LeaderEpoch.of(1), LONG))
                .isInstanceOf(io.holdfast.compute.Withdrawals.Answer.Withdrawn.class);
        assertThat(instance(name).home()).isNull();
        return id;
    }

    private Instance instance(String name) {
        return world.list(null).stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Search search(InstanceId instance, boolean recovering) {
        return new Search(instance, new Resources(1, 1024, 1), null, null, recovering);
    }

    private List<Choice> place(Search... all) {
        return placer().chooseAll(List.of(all));
    }

    /** Everybody to h3 as long as it has any room, whoever else would have more. */
    private Placer placer() {
        boolean room = stage.world.find(stage.h3).orElseThrow().capacity().memoryMib() > 0;
        return new AdmittedPlacer(
                new Placer() {
                    @Override
                    public Choice choose(
                            InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
                        return room ? new Choice.Home(stage.h3) : new Choice.None("h3: full");
                    }
                },
                desk());
    }

    private AdmissionDesk desk() {
        return new AdmissionDesk(
                world,
                world,
                world,
                stage.segments,
                SchedulerSettings.defaults(),
                avoided,
                stage.settings(),
                settings,
                new AdmissionWarnings(book, () -> Optional.of(LeaderEpoch.of(1)), () -> {}, stage::now),
                stage::now);
    }
}
